// From outside into the grid: rows of the waiting list and of the pinboard are dragged to a time. The grid has no way of its own.
kit.schedule.outside = (state, act) => {
  const { $, el } = kit;
  const { iso, dayOf } = kit.schedule;
  const KEY = `pins-${document.body.dataset.user}`;
  const pins = new Map(JSON.parse(sessionStorage.getItem(KEY) || "[]"));
  let drag = null;

  function drawPins() {
    sessionStorage.setItem(KEY, JSON.stringify([...pins]));
    $("#pins").hidden = !pins.size;
    $("#pins ul").replaceChildren(...[...pins.values()].map((pin) => {
      const off = el("button", { type: "button", class: "icon-btn sm", "aria-label": state.words.unpin, title: state.words.unpin }, kit.icon("x"));
      off.addEventListener("click", () => unpin(pin.id));
      return el("li", { "data-pin": pin.id, "data-name": pin.name, "data-minutes": pin.minutes }, kit.icon("pin", "muted icon-sm"), el("div", { class: "grow" }, el("div", { class: "small strong cut" }, pin.name), el("div", { class: "xs muted cut num" }, pin.when)), off);
    }));
  }
  function pin(visit) {
    const minutes = (new Date(visit.end) - new Date(visit.start)) / 60000;
    pins.set(visit.id, { id: visit.id, name: visit.name, minutes, when: `${visit.start.slice(8, 10)}.${visit.start.slice(5, 7)}, ${visit.start.slice(11)}–${visit.end.slice(11)}`, version: visit.version });
    drawPins();
  }
  function unpin(id) { pins.delete(id); drawPins(); }
  drawPins();

  const stop = () => {
    drag?.ghost?.remove();
    state.calendar?.removeEventById("ghost");
    document.documentElement.classList.remove("is-dragging");
    drag = null;
  };
  document.addEventListener("pointerdown", (event) => {
    const row = event.target.closest("[data-wait], [data-pin]");
    if (!row || event.button || event.target.closest("button") || (event.pointerType === "touch" && !event.target.closest("[data-grip]"))) return;
    drag = { row, x: event.clientX, y: event.clientY };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag || !state.calendar) return;
    if (!drag.ghost) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 5) return;
      drag.ghost = drag.row.cloneNode(true);
      drag.ghost.className = "wait-ghost";
      drag.ghost.removeAttribute("hx-get");
      document.body.append(drag.ghost);
      document.documentElement.classList.add("is-dragging");
    }
    drag.ghost.style.transform = `translate(${event.clientX + 10}px,${event.clientY + 10}px)`;
    const point = state.calendar.dateFromPoint(event.clientX, event.clientY);
    const chair = point?.resource?.id || (point && state.view === "timeGridWeek" ? "week" : "");
    const key = chair ? `${+point.date}:${chair}` : "";
    if (key === drag.key) return;
    drag.key = key;
    state.calendar.removeEventById("ghost");
    drag.place = chair ? { start: point.date, end: new Date(+point.date + drag.row.dataset.minutes * 60000), chair: chair === "week" ? null : +chair } : null;
    if (drag.place) state.calendar.addEvent({ id: "ghost", title: drag.row.dataset.name, start: drag.place.start, end: drag.place.end, resourceIds: drag.place.chair ? [String(drag.place.chair)] : [], editable: false, extendedProps: { kind: "ghost" } });
  });
  document.addEventListener("pointercancel", stop);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && drag?.ghost) stop(); });
  document.addEventListener("pointerup", () => {
    const last = drag;
    if (!last) return;
    stop();
    if (!last.ghost) return;
    // The click that ends a drag must not open the row.
    const swallow = (event) => { event.stopPropagation(); event.preventDefault(); };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, true), 50);
    if (!last.place) return;
    const { row, place } = last;
    if (row.dataset.pin) { const one = pins.get(+row.dataset.pin); act.put(one, { start: iso(place.start), end: iso(place.end), chair: place.chair }).then((done) => done && unpin(one.id)); } else act.create("appointment-new", { start: place.start, end: place.end, chair: place.chair, waiting: row.dataset.wait });
  });
  return { pin, unpin, pins, dayOf };
};
