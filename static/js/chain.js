// «Book the plan»: a visit is dragged down to a later day, what is held is given up when the page is left.
kit.mount("chain", (page) => {
  const { $, $$ } = kit;
  const form = $("form", page);
  const DAY = 14; // pixels
  let isBooking = false;

  /* drag: every few pixels are a day; up takes it back */
  let drag = null;
  page.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button) return;
    event.preventDefault();
    const visit = grip.closest("[data-line]");
    grip.setPointerCapture(event.pointerId);
    drag = { visit, from: event.clientY, days: 0, label: kit.el("span", { class: "chain-drag num", role: "status" }) };
    visit.classList.add("is-dragged");
    visit.append(drag.label);
  });
  page.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.days = Math.round((event.clientY - drag.from) / DAY);
    drag.visit.style.setProperty("--drag", `${event.clientY - drag.from}px`);
    drag.label.textContent = `${drag.days > 0 ? "+" : ""}${drag.days} ${kit.t("days_short")}`;
  });
  const drop = (isDone) => {
    if (!drag) return;
    const { visit, days, label } = drag;
    drag = null;
    label.remove();
    visit.classList.remove("is-dragged");
    visit.style.removeProperty("--drag");
    if (isDone && days) solve("later", `${visit.dataset.line}|${days}`);
  };
  page.addEventListener("pointerup", () => drop(true));
  page.addEventListener("pointercancel", () => drop(false));
  addEventListener("keydown", (event) => { if (event.key === "Escape") drop(false); });

  /** The form is sent with one word more, as a button of it would. */
  function solve(name, value) {
    const button = kit.el("button", { type: "submit", name, value, hidden: "" });
    form.append(button);
    form.requestSubmit(button);
    button.remove();
  }

  form.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt.matches("[data-book]")) isBooking = true; $("#chain", page)?.setAttribute("aria-busy", "true"); });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches("[data-book]") && !event.detail.successful) isBooking = false;
    $("#chain", page)?.removeAttribute("aria-busy");
    $("[role=alert]", page)?.focus();
  });

  function release() {
    const held = $$("[name=hold]", page);
    if (!held.length || isBooking) return;
    const body = new URLSearchParams(held.map((input) => ["hold", input.value]));
    fetch(page.dataset.release, { method: "POST", keepalive: true, body, headers: { "X-CSRFToken": kit.csrf() } });
  }
  addEventListener("pagehide", release);
});
