// The menu of a visit, a shift, blocked or free time: right click, the dots on touch, the menu key on the keyboard.
kit.schedule.menu = (state, act) => {
  const { $, $$, el, icon } = kit;
  const { words, rights, urls, say } = { ...state, say: kit.schedule.say };
  const node = $("#ctx");
  let opener = null;

  const at = (name, id) => urls[name].replace("/0/", `/${id}/`);
  const item = (text, run, { mark, dot, danger, href } = {}) => {
    const tag = href ? el("a", { class: "dropdown-item", role: "menuitem", href }) : el("button", { type: "button", class: `dropdown-item${danger ? " danger" : ""}`, role: "menuitem" });
    tag.append(dot ? el("i", { class: `dot-k ${dot}` }) : icon(mark || "point"), text);
    if (run) tag.addEventListener("click", () => { close(); run(); });
    return tag;
  };
  const line = () => el("div", { class: "dropdown-divider", role: "separator" });
  const header = (text) => el("h2", { class: "dropdown-header cut" }, text);

  function statuses(visit) {
    const rows = [];
    visit.steps.forEach((code) => {
      if (code === "completed") { if (rights.close) rows.push(item(words.finish, () => act.panel(at("appointment-close", visit.id)), { dot: "st-completed" })); return; }
      const labels = state.labels[code] || [];
      rows.push(item(state.states[code], () => act.step(visit, code), { dot: `st-${code}` }));
      labels.forEach((one) => rows.push(item(one.name, () => act.step(visit, code, one.id), { dot: one.tone ? `tone-${one.tone}` : `st-${code}` })));
    });
    (state.labels[visit.state] || []).filter((one) => one.id !== visit.label_id).forEach((one) => rows.push(item(one.name, () => act.step(visit, visit.state, one.id), { dot: `tone-${one.tone || "grey"}` })));
    (state.back[visit.state] || []).forEach((code) => rows.push(item(say(words.back, state.states[code]), () => act.panel(`${at("appointment-back", visit.id)}?state=${code}`), { mark: "arrow-back-up" })));
    return rows;
  }

  const KINDS = {
    visit(visit) {
      const isOpen = !kit.schedule.GONE.has(visit.state) && visit.state !== "completed";
      const rows = [header(`${visit.name}, ${visit.start.slice(11)}`)];
      if (rights.state) rows.push(...statuses(visit), line());
      rows.push(item(words.open, () => act.panel(at("appointment", visit.id)), { mark: "eye" }), item(words.card, null, { mark: "user", href: at("patient", visit.patient) }));
      if (rights.book) {
        rows.push(item(words.edit, () => act.panel(at("appointment-edit", visit.id)), { mark: "edit" }));
        if (isOpen) rows.push(item(words.move, () => act.panel(at("appointment-move", visit.id)), { mark: "calendar-due" }), item(words.pin, () => act.pin(visit), { mark: "pin" }));
        rows.push(item(words.next, () => act.panel(`${urls["appointment-new"]}?patient=${visit.patient}&doctor=${visit.doctor}`), { mark: "calendar-plus" }));
        if (isOpen) rows.push(line(), item(words.cancel, () => act.panel(at("appointment-cancel", visit.id)), { mark: "calendar-x", danger: true }));
      }
      return rows;
    },
    shift: (shift, title) => [header(title), item(words.shift_edit, () => act.panel(at("shift-edit", shift.id)), { mark: "clock-edit" }), item(words.shift_delete, () => act.panel(at("shift-delete", shift.id)), { mark: "trash", danger: true })],
    block: (block) => (rights.block ? [header(block.title), item(words.block_edit, () => act.panel(at("block-edit", block.id)), { mark: "edit" }), item(words.block_delete, () => act.free(block), { mark: "trash", danger: true })] : []),
    empty: (place) => [
      rights.book ? item(words.new_visit, () => act.create("appointment-new", place), { mark: "calendar-plus" }) : null,
      rights.block ? item(words.block, () => act.create("block-new", place), { mark: "ban" }) : null,
      rights.shifts ? item(words.new_shift, () => act.create("shift-new", place), { mark: "clock-plus" }) : null,
    ].filter(Boolean),
  };

  function open(kind, thing, x, y, from, title) {
    const rows = KINDS[kind]?.(thing, title) || [];
    if (!rows.length) return;
    opener = from;
    node.replaceChildren(...rows);
    node.classList.add("show");
    const box = node.getBoundingClientRect();
    node.style.left = `${Math.max(8, Math.min(x, innerWidth - box.width - 8))}px`;
    node.style.top = `${Math.max(8, Math.min(y, innerHeight - box.height - 8))}px`;
    $(".dropdown-item", node).focus();
  }
  function close() {
    if (!node.classList.contains("show")) return;
    node.classList.remove("show");
    opener?.focus?.({ preventScroll: true });
  }
  document.addEventListener("pointerdown", (event) => { if (!node.contains(event.target)) close(); });
  node.addEventListener("keydown", (event) => {
    const all = $$(".dropdown-item", node);
    const now = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); event.stopPropagation(); close(); } else if (step) { event.preventDefault(); all[(now + step + all.length) % all.length]?.focus(); }
  });
  return { open, close, isOpen: () => node.classList.contains("show") };
};
