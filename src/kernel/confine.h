/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Two processes verify a bundle, and neither can do what the other does.  One
 * reads it, whoever made it, and can write its manifest, but has no capability,
 * no bpf(2), no network and no program.  The other one asks the kernel, with
 * the capabilities for that and no other, about what it makes itself from
 * images that it has checked again (kernel/asker.h); it can write no file.
 *
 * All are to be called before there are threads, and return 0 or an errno
 * value.
 */

/* For who reads the bundle in DIR; root becomes who owns the directory. */
int confine_reader(const char *dir);

/* For who asks the kernel. */
int confine_asker(void);

/* For who loads a bundle itself: has the asker's capabilities, and files. */
int confine_loader(void);
