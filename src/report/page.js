// SPDX-License-Identifier: Apache-2.0
"use strict";
// Only comfort: without it every part of the page is there all the same.

// Opens what a link leads into, where the browser does not.
function reveal() {
  const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!at)
    return;
  for (let e = at; e; e = e.parentElement)
    if (e.localName === "details")
      e.open = true;
  at.scrollIntoView({block: "nearest"});
}

// Shows the items that have the text and one of the classes.
function filter(form) {
  const items = [...document.querySelectorAll(".item")];
  const cells = new Map();
  const texts = new Map();
  const text = item => {
    if (!texts.has(item))
      texts.set(item, [...item.querySelectorAll("summary, b, p")]
        .map(e => e.textContent).join(" ").toLowerCase());
    return texts.get(item);
  };
  for (const a of document.querySelectorAll(".matrix td a"))
    cells.set(a.hash.slice(1), a.parentElement);
  const count = form.querySelector("output");
  const apply = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/);
    const classes = [...form.querySelectorAll("[name=class]:checked")]
      .map(c => c.value);
    let shown = 0;
    for (const item of items) {
      const has = item.dataset.class.split(" ");
      const show = words.every(w => text(item).includes(w)) &&
        classes.some(c => has.includes(c));
      item.hidden = !show;
      shown += show;
      const cell = cells.get(item.querySelector("[id]").id);
      if (cell)
        cell.classList.toggle("off", !show);
    }
    count.value = `${shown} of ${items.length} shown`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", e => e.preventDefault());
  form.hidden = false;
  count.value = `${items.length} of ${items.length} shown`;
  // What a browser has kept from the last visit.
  if (form.elements.text.value ||
      form.querySelector("[name=class]:not(:checked)"))
    apply();
}

// One stop for the Tab key; from there the arrow keys go from cell to cell.
function walk(table) {
  const links = [...table.querySelectorAll("td a")];
  const steps = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
    ArrowDown: [0, 1]};
  links.forEach((a, i) => { a.tabIndex = i ? -1 : 0; });
  table.addEventListener("keydown", e => {
    const step = steps[e.key];
    const td = e.target.closest("td");
    if (!step || !td)
      return;
    e.preventDefault();
    let x = td.cellIndex, y = td.parentElement.rowIndex, a = null;
    do {
      x += step[0];
      y += step[1];
      const cell = table.rows[y] && table.rows[y].cells[x];
      if (!cell || cell.localName === "th")
        return;
      a = cell.querySelector("a");
    } while (!a);
    e.target.tabIndex = -1;
    a.tabIndex = 0;
    a.focus();
  });
}

document.querySelectorAll("form.filter").forEach(filter);
document.querySelectorAll("table.matrix").forEach(walk);
addEventListener("hashchange", reveal);
reveal();
