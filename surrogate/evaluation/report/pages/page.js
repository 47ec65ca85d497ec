"use strict";

// Tables: a click on a heading sorts by its column, a second click turns the order round. Empty cells stay last.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const text = (row, column) => row.cells[column].textContent.trim();
  const number = (row, column) => row.cells[column].dataset.order;
  const compare = (column, numeric) => (a, b) => numeric
    ? Number(number(a, column)) - Number(number(b, column))
    : text(a, column).localeCompare(text(b, column), "en", { numeric: true });
  headings.forEach((heading, column) => {
    if (!heading.textContent.trim() || body.rows.length < 2) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const downwards = heading.getAttribute("aria-sort") === "ascending";
      const rows = [...body.rows];
      const filled = rows.filter((row) => text(row, column));
      const empty = rows.filter((row) => !text(row, column));
      const numeric = filled.every((row) => number(row, column) !== undefined);
      filled.sort(compare(column, numeric));
      if (downwards) filled.reverse();
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", downwards ? "descending" : "ascending");
      body.append(...filled, ...empty);
    });
  });
}

// Roll-outs: one frame at a time, with a button and a slider. Who asked for less motion starts it.
for (const player of document.querySelectorAll(".player")) {
  const controls = player.querySelector(".controls");
  const [button, slider, output] = controls.children;
  const screens = [...player.querySelectorAll(".frames")].map((frames) => [...frames.children]);
  const moments = screens[0].map((image) => image.dataset.moment);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let timer = null;
  const show = (frame) => {
    slider.value = frame;
    output.textContent = moments[frame];
    slider.setAttribute("aria-valuetext", moments[frame]);
    screens.forEach((images) => images.forEach((image, k) => image.classList.toggle("now", k === frame)));
  };
  const play = (on) => {
    clearInterval(timer);
    timer = on ? setInterval(() => show((Number(slider.value) + 1) % moments.length), 500) : null;
    button.textContent = on ? "Pause" : "Play";
  };
  button.addEventListener("click", () => play(timer === null));
  slider.addEventListener("input", () => { play(false); show(Number(slider.value)); });
  player.classList.add("live");
  controls.hidden = false;
  show(0);
  play(!still);
}
