/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What each HTML page has in it, made of page.css and page.js by
 * tools/pagec.py: the sheet, the script, and a Content-Security-Policy that
 * allows these two and nothing else.  Private to report/.
 */

extern const char page_css[];
extern const char page_js[];
extern const char page_policy[];
