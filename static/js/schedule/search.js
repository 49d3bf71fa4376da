// «Find a time»: the part of the day has the focus, Enter takes the first offer, a digit takes that one.
if (!kit.searchReady) {
  kit.searchReady = true;
  kit.mount("search", (box) => {
    const { $, $$ } = kit;
    const offers = () => $$("[data-offer]", box);
    const isText = (node) => node.matches("textarea, input:not([type=radio], [type=checkbox])");
    const take = (offer) => { if (offer) offer.click(); };
    const form = $("form", box);
    let isAsking = false;
    let wanted = false;
    form.addEventListener("change", () => { isAsking = true; });
    box.addEventListener("htmx:afterSettle", (event) => { if (event.target.id !== "offers") return; isAsking = false; if (wanted) { wanted = false; take(offers()[0]); } });
    const first = () => { if (isAsking) wanted = true; else take(offers()[0]); };
    form.addEventListener("submit", (event) => { event.preventDefault(); event.stopImmediatePropagation(); }, true);
    box.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      if (event.key === "Enter" && form.contains(target) && !target.closest("button, summary, .ts-wrapper")) { event.preventDefault(); if (isText(target)) target.dispatchEvent(new Event("change", { bubbles: true })); first(); }
      else if (/^\d$/.test(event.key) && !isText(target)) { event.preventDefault(); take(offers()[(+event.key + 9) % 10]); }
      else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && target.matches("[data-offer]")) {
        event.preventDefault();
        const all = offers();
        all[(all.indexOf(target) + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length].focus();
      }
    });
    setTimeout(() => ($("[name=part]:checked", box) || $("[name=part]", box))?.focus(), 60);
  });
}
