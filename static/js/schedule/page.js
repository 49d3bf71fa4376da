// The calendar's page: what is asked from the server, drawn, dragged, and heard from others.
kit.mount("schedule", async (root) => {
  const { $, $$, el, api } = kit;
  const S = kit.schedule;
  const config = kit.data("schedule-config");
  const { words, urls, rights } = config;
  const locale = kit.lang === "en" ? "en-GB" : kit.lang;
  const isPhone = () => innerWidth < 768;
  const at = (name, id) => urls[name].replace("/0/", `/${id}/`);
  const asked = new URLSearchParams(location.search || config.last);

  const state = {
    ...config, data: null, calendar: null, flash: new Set(),
    date: /^\d{4}-\d\d-\d\d$/.test(asked.get("date") || "") && location.search ? asked.get("date") : config.today,
    view: isPhone() ? "listDay" : asked.get("view") || "resourceTimeGridDay",
    mode: "patients", branch: asked.get("branch") || String(config.branch || ""), profession: asked.get("profession") || "",
    doctor: +asked.get("doctor") || 0, chair: +asked.get("chair") || 0, chairs: new Set((asked.get("chairs") || "").split(",").filter(Boolean).map(Number)),
    allChairs: asked.get("all") === "1", gone: asked.get("gone") === "1",
  };
  if (!["resourceTimeGridDay", "resourceTimelineDay", "timeGridWeek", "listDay"].includes(state.view)) state.view = "resourceTimeGridDay";
  const cache = new Map();

  /* asking */
  const range = () => (state.view === "timeGridWeek" ? [S.monday(state.date), S.plus(S.monday(state.date), 6)] : [state.date, state.date]);
  function question(first, last) {
    const ask = new URLSearchParams({ from: first, to: last, branch: state.branch });
    if (state.view === "timeGridWeek" && state.doctor) ask.set("doctor", state.doctor);
    return ask.toString();
  }
  let turn = 0;
  async function load({ fresh = true } = {}) {
    const mine = ++turn;
    const query = question(...range());
    const known = cache.get(query);
    if (known && known !== state.data) draw(known);
    if (known && !fresh) return;
    $("#sch-busy").hidden = Boolean(known);
    try {
      const data = await api(`${urls.feed}?${query}`);
      cache.set(query, data);
      if (cache.size > 40) cache.delete(cache.keys().next().value);
      if (mine === turn) draw(data);
    } catch (refusal) {
      if (mine === turn) kit.toast(refusal.message, { level: "bad" });
    } finally {
      if (mine === turn) $("#sch-busy").hidden = true;
    }
  }
  /** The neighbours of a day are fetched while nothing else is to do: the next press of an arrow shows at once. */
  let later = 0;
  function ahead() {
    clearTimeout(later);
    later = setTimeout(() => [1, -1].forEach((step) => {
      const days = state.view === "timeGridWeek" ? 7 : 1;
      const [first, last] = range();
      const query = question(S.plus(first, step * days), S.plus(last, step * days));
      if (!cache.has(query)) api(`${urls.feed}?${query}`).then((data) => cache.set(query, data), () => {});
    }), 700);
  }

  /* drawing */
  let pending = false;
  function draw(data) {
    if (dragging) { pending = true; return; }
    state.data = data;
    choices(data);
    const { calendar } = state;
    const isWeek = state.view === "timeGridWeek";
    const columns = isWeek || state.view === "listDay" ? [] : S.columns(data, state);
    Object.entries({ ...S.limits(data), view: state.view, date: state.date, resources: columns }).forEach(([name, value]) => {
      if (name !== "view" && name !== "date" ? true : String(calendar.getOption(name)) !== String(value)) calendar.setOption(name, value);
    });
    if (calendar.getOption("noEventsContent") !== words.no_visits) calendar.setOption("noEventsContent", words.no_visits); // only now is it known
    calendar.setOption("events", S.events(ofChair(data), state));
    title();
    nothing(data, columns, isWeek);
    legend(data);
    ahead();
  }
  /** The week of one chair: all doctors who work in it. */
  const ofChair = (data) => (state.view === "timeGridWeek" && state.chair
    ? { ...data, shifts: data.shifts.filter((one) => one.chair === state.chair), visits: data.visits.filter((one) => one.chair === state.chair), blocks: data.blocks.filter((one) => one.chairs.includes(state.chair)) }
    : data);
  function nothing(data, columns, isWeek) {
    const box = $("#sch-none");
    const closed = Object.values(data.closed).every((hours) => !hours);
    const isEmpty = isWeek ? !state.doctor && !state.chair : !columns.length && state.view !== "listDay";
    box.hidden = !isEmpty;
    if (!isEmpty) return;
    const buttons = el("div", { class: "row-x" });
    if (!isWeek && !state.allChairs && data.chairs.length) { const all = el("button", { type: "button", class: "b" }, words.all_chairs); all.addEventListener("click", () => { state.allChairs = true; settle(); }); buttons.append(all); }
    if (rights.shifts && state.mode !== "doctors" && !isPhone()) { const go = el("button", { type: "button", class: "b primary" }, words.to_doctors); go.addEventListener("click", () => setMode("doctors")); buttons.append(go); }
    box.replaceChildren(el("div", { class: "empty-k" }, el("span", { class: "pic" }, kit.icon(isWeek ? "user-search" : "armchair", "icon-lg")), el("h3", {}, isWeek ? words.choose_doctor : closed ? words.closed : words.no_chairs), closed || isWeek ? "" : el("p", { class: "small" }, words.no_chairs_hint), buttons));
  }
  function legend(data) {
    const seen = new Map();
    data.visits.forEach((visit) => visit.badges.forEach((badge) => { if (badge.letter && badge.code !== "overbooked") seen.set(badge.letter + badge.tone, badge); }));
    $("#marks")?.replaceChildren(...[...seen.values()].slice(0, 6).map((badge) => el("span", {}, el("i", { class: `mk tone-${badge.tone}` }, badge.letter), badge.label)));
  }
  function title() {
    const long = (day, options) => new Date(`${day}T12:00`).toLocaleDateString(locale, options);
    const [first, last] = range();
    const isOther = state.date.slice(0, 4) !== config.today.slice(0, 4);
    $("#sch-title").textContent = first === last
      ? long(first, { weekday: "short", day: "numeric", month: "long", ...(isOther && { year: "numeric" }) })
      : `${long(first, { day: "numeric", month: "short" })} – ${long(last, { day: "numeric", month: "short" })}`;
  }
  function choices(data) {
    const select = $("#by-doctor");
    const isWeek = state.view === "timeGridWeek";
    select.hidden = !isWeek;
    if (isWeek) {
      Object.entries(data.doctors).forEach(([pk, one]) => known.set(+pk, one));
      const rows = [...known].sort((a, b) => a[1].name.localeCompare(b[1].name));
      const doctors = rows.map(([pk, one]) => el("option", { value: pk, ...(pk === state.doctor && { selected: "" }) }, one.name));
      const chairs = data.chairs.map((chair) => el("option", { value: `c${chair.id}`, ...(chair.id === state.chair && { selected: "" }) }, chair.name));
      select.replaceChildren(el("option", { value: "" }, words.choose_doctor), el("optgroup", { label: words.doctors }, ...doctors), el("optgroup", { label: words.chairs }, ...chairs));
    } else Object.entries(data.doctors).forEach(([pk, one]) => known.set(+pk, one));
    const box = $("#pick-chairs");
    box.replaceChildren(...data.chairs.map((chair) => {
      const tick = el("input", { type: "checkbox", value: chair.id, ...((!state.chairs.size || state.chairs.has(chair.id)) && { checked: "" }) });
      return el("label", { class: "dropdown-item check" }, tick, el("span", { class: "cut" }, chair.name));
    }));
  }
  const known = new Map();

  /* one visit of the feed, changed */
  function put(visit) {
    const { calendar, data } = state;
    const [first, last] = range();
    const isHere = visit.start.slice(0, 10) >= first && visit.start.slice(0, 10) <= last && (!state.doctor || state.view !== "timeGridWeek" || visit.doctor === state.doctor) && (!state.chair || state.view !== "timeGridWeek" || visit.chair === state.chair) && (state.branch === "all" || String(visit.branch) === state.branch);
    cache.forEach((known, query) => { if (known !== data) cache.delete(query); });
    const index = data.visits.findIndex((one) => one.id === visit.id);
    if (index >= 0) data.visits.splice(index, 1);
    if (isHere) data.visits.push(visit);
    const isShown = isHere && (state.gone || !S.GONE.has(visit.state)) && state.mode === "patients";
    const hasColumn = state.view === "timeGridWeek" || state.view === "listDay" || calendar.getOption("resources").some((one) => one.id === String(visit.chair));
    if (isShown && !hasColumn) { draw(data); return; }
    const event = S.event(visit, state);
    if (!isShown) calendar.removeEventById(event.id);
    else if (calendar.getEventById(event.id)) calendar.updateEvent(event);
    else calendar.addEvent(event);
  }
  function flash(id) {
    state.flash.add(id);
    setTimeout(() => { state.flash.delete(id); const one = state.calendar.getEventById(`v${id}`); if (one) state.calendar.updateEvent(one); }, 1600);
  }

  /* doing */
  const panel = (url) => htmx.ajax("GET", url, { target: "#panel-body" });
  /** A refusal names what takes the place and offers free ones as buttons. */
  function refuse(refusal, retry) {
    const spots = refusal.refusal?.facts?.alternatives || [];
    const node = el("div", { class: "toast-k", role: "alert" }, kit.icon("alert-triangle", "bad"), el("span", {}, refusal.message));
    spots.slice(0, 3).forEach((spot) => {
      const when = spot.start.slice(0, 10) === state.date ? spot.start.slice(11, 16) : `${spot.start.slice(8, 10)}.${spot.start.slice(5, 7)} ${spot.start.slice(11, 16)}`;
      const button = el("button", { type: "button" }, say("free", when));
      button.addEventListener("click", () => { node.remove(); retry?.({ start: spot.start.slice(0, 16), end: spot.end.slice(0, 16), chair: spot.chair, doctor: spot.doctor }); });
      node.append(button);
    });
    $("#toasts").append(node);
    setTimeout(() => node.remove(), spots.length ? 12000 : 5000);
  }
  const say = (key, value) => S.say(words[key], value);
  const when = (visit) => `${visit.start.slice(11)}–${visit.end.slice(11)}`;

  async function moveTo(visit, place) {
    const { data: fresh, entry } = await kit.send(at("appointment-drag", visit.id), "POST", { ...place, version: visit.version });
    put(fresh);
    const doctor = fresh.doctor !== visit.doctor ? `, ${state.data.doctors[fresh.doctor]?.name || ""}` : "";
    kit.toast(say("moved", `${fresh.name}, ${when(fresh)}${doctor}`), { entry });
    return fresh;
  }
  const act = {
    panel,
    pin: (visit) => outside.pin(visit),
    create(name, place) {
      const ask = new URLSearchParams();
      if (place.start) ask.set("start", S.iso(place.start));
      if (place.end) ask.set("end", S.iso(place.end));
      if (place.chair) ask.set("chair", place.chair);
      const doctor = place.doctor || (state.view === "timeGridWeek" ? state.doctor : 0);
      if (doctor) ask.set("doctor", doctor);
      if (place.waiting) ask.set("waiting", place.waiting);
      ask.set("branch", state.branch);
      panel(`${urls[name]}?${ask}`);
    },
    async step(visit, code, label) {
      try {
        const { data: fresh, entry } = await kit.send(at("appointment-step", visit.id), "POST", { state: code, label: label || "", version: visit.version });
        put(fresh);
        kit.toast(say("state", fresh.label), { entry });
        if (fresh.papers) panel(fresh.papers);
      } catch (refusal) { refuse(refusal); load(); }
    },
    async put(pinned, place) {
      try {
        const visit = state.data.visits.find((one) => one.id === pinned.id) || pinned;
        const chair = place.chair || chairAt(new Date(place.start));
        await moveTo({ ...visit, id: pinned.id, version: visit.version }, { ...place, chair });
        return true;
      } catch (refusal) { refuse(refusal, (spot) => act.put(pinned, spot).then((done) => done && outside.unpin(pinned.id))); return false; }
    },
    async free(block) {
      try { await api(at("block-delete", block.id), "POST"); kit.toast(words.freed); } catch (refusal) { refuse(refusal); }
      load();
    },
  };
  /** In the week of a doctor there are no columns: the chair is that of his shift. */
  function chairAt(date, otherwise) {
    if (state.view === "timeGridWeek" && state.chair) return state.chair;
    const wall = S.iso(date);
    return state.data.shifts.find((shift) => shift.start <= wall && shift.end > wall)?.chair || otherwise;
  }
  let dragging = false;
  const place = (event, chair) => ({ start: S.iso(event.start), end: S.iso(event.end), chair: +event.resourceIds[0] && state.view !== "timeGridWeek" ? +event.resourceIds[0] : chairAt(event.start, chair) });
  async function dropped(info) {
    dragging = false;
    const { event } = info;
    const { kind, visit, shift, block } = event.extendedProps;
    try {
      if (kind === "visit") await moveTo(visit, place(event, visit.chair));
      if (kind === "block") { await api(at("block-drag", block.id), "POST", place(event, block.chairs[0])); load(); }
      if (kind === "shift") { const { entry } = await kit.send(at("shift-drag", shift.id), "POST", { ...place(event, shift.chair), version: shift.version }); kit.toast(words.shift_moved, { entry }); load(); }
    } catch (refusal) {
      info.revert();
      if (refusal.refusal?.code === "shift_has_visits") panel(`${at("shift-edit", shift.id)}`);
      else if (kind === "visit") refuse(refusal, (spot) => moveTo(visit, spot).catch((again) => refuse(again)));
      else refuse(refusal);
      if (refusal.status === 412) load();
    }
    if (pending) { pending = false; load(); }
  }

  /* the calendar */
  await kit.need("date");
  const menu = S.menu(state, act);
  const calendar = EventCalendar.create($("#calendar"), {
    view: state.view, date: state.date, locale, firstDay: 1, height: "100%", headerToolbar: false, allDaySlot: false,
    slotDuration: "00:30", snapDuration: `00:${String(config.step).padStart(2, "0")}`, slotHeight: 30, nowIndicator: isHere(config.zone), scrollTime: "08:30",
    columnWidth: isPhone() ? "150px" : "minmax(104px,1fr)", slotLabelFormat: S.hm, noEventsContent: "",
    resources: [], events: [], editable: false, selectable: rights.book || rights.shifts, eventResizableFromStart: false, longPressDelay: 350, selectLongPressDelay: 450,
    views: {
      resourceTimelineDay: { displayEventEnd: true, slotWidth: 92, dayHeaderFormat: () => "", columnWidth: undefined },
      timeGridWeek: { columnWidth: isPhone() ? "110px" : undefined, dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" } },
      listDay: { listDayFormat: () => "", listDaySideFormat: () => "" },
    },
    resourceLabelContent: ({ resource }) => S.head(resource),
    eventClassNames: (info) => S.classes(info, state),
    eventContent: (info) => S.card(info, state),
    eventDidMount({ event, el: node }) {
      const { kind, visit } = event.extendedProps;
      if (event.display === "background") return;
      node.dataset.eid = event.id;
      if (kind === "visit") node.title = S.label(visit, state); else node.title = event.title;
    },
    viewDidMount() { $("#calendar .ec-main")?.setAttribute("tabindex", "0"); }, // a day without visits is scrolled by keys too
    eventDragStart() { dragging = true; menu.close(); }, eventResizeStart() { dragging = true; },
    eventDragStop() { setTimeout(() => { dragging = false; }, 0); }, eventResizeStop() { setTimeout(() => { dragging = false; }, 0); },
    eventDrop: dropped, eventResize: dropped,
    eventClick(info) {
      const { kind, visit, block, shift } = info.event.extendedProps;
      if (info.jsEvent.target.closest?.("[data-more]")) { openMenu(info.el, info.jsEvent.clientX, info.jsEvent.clientY); return; }
      if (kind === "visit") panel(at("appointment", visit.id));
      if (kind === "block" && rights.block) panel(at("block-edit", block.id));
      if (kind === "shift" && state.mode === "doctors") panel(at("shift-edit", shift.id));
    },
    dateClick: ({ date, resource, jsEvent }) => { if (!menu.isOpen() && !jsEvent.defaultPrevented) begin({ start: date, chair: resource && +resource.id }); },
    select: ({ start, end, resource }) => begin({ start, end, chair: resource && +resource.id }),
  });
  state.calendar = calendar;
  window.calendar = calendar;
  const outside = S.outside(state, act);

  function begin(spot) {
    if (state.mode === "doctors") { if (rights.shifts) act.create("shift-new", { ...spot, end: spot.end || new Date(+spot.start + 6 * 3600000), chair: spot.chair || chairAt(spot.start) }); return; }
    if (rights.book) act.create("appointment-new", { ...spot, chair: spot.chair || chairAt(spot.start) });
  }
  document.addEventListener("hidden.bs.offcanvas", () => calendar.unselect());
  /** The red line of the present is drawn by the browser's clock: only where it is the branch's. */
  function isHere(zone) {
    const here = (timeZone) => new Date().toLocaleString("en", { timeZone, hour: "2-digit", minute: "2-digit", day: "numeric" });
    try { return here(zone) === here(undefined); } catch { return true; }
  }

  /* menus */
  function openMenu(node, x, y) {
    const one = calendar.getEventById(node.dataset.eid || "");
    const { kind, visit, block, shift } = one?.extendedProps || {};
    if (kind === "visit") menu.open("visit", visit, x, y, node);
    if (kind === "block") menu.open("block", block, x, y, node);
    if (kind === "shift") menu.open("shift", shift, x, y, node, one.title);
  }
  $("#calendar").addEventListener("contextmenu", (event) => {
    const node = event.target.closest("[data-eid]");
    event.preventDefault();
    const box = node?.getBoundingClientRect();
    const [x, y] = event.clientX || event.clientY ? [event.clientX, event.clientY] : [box?.left + 16 || 0, box?.top + 16 || 0];
    if (node) { openMenu(node, x, y); return; }
    const point = calendar.dateFromPoint(event.clientX, event.clientY);
    if (point) menu.open("empty", { start: point.date, end: new Date(+point.date + 30 * 60000), chair: point.resource ? +point.resource.id : chairAt(point.date) }, x, y);
  });
  $("#calendar").addEventListener("dblclick", (event) => {
    const visit = calendar.getEventById(event.target.closest("[data-eid]")?.dataset.eid || "")?.extendedProps.visit;
    if (visit) location.href = at("patient", visit.patient);
  });
  $("#calendar").addEventListener("keydown", (event) => {
    const node = event.target.closest("[data-eid]");
    if (!node || (event.code !== "KeyM" && event.key !== "ContextMenu")) return;
    const box = node.getBoundingClientRect();
    event.preventDefault();
    openMenu(node, box.left + 16, box.top + 16);
  });
  root.addEventListener("contextmenu", (event) => {
    const row = event.target.closest("[data-wait]");
    if (!row || !rights.book) return;
    event.preventDefault();
    kit.ask(words.remove_waiting, () => dropWaiting(row.dataset.wait), words.remove);
  });
  async function dropWaiting(id) {
    await fetch(at("waiting-remove", id), { method: "POST", headers: { "X-CSRFToken": kit.csrf() } });
    waiting();
    kit.toast(words.removed, { action: words.undo, stay: 8000, onAction: async () => { await fetch(at("waiting-return", id), { method: "POST", headers: { "X-CSRFToken": kit.csrf() } }); waiting(); } });
  }

  /* days, views, filters */
  let loads = {};
  const level = (load) => `load-${load.visits ? Math.max(1, Math.ceil(load.percent / 25)) : 0}`;
  const full = (load) => `${say("visits", load.visits)}, ${say("filled", `${load.percent} %`)}`;
  const picker = new AirDatepicker("#mini", {
    inline: true, locale: kit.datepickerLocale(), firstDay: 1, selectedDates: [new Date(`${state.date}T12:00`)],
    onSelect: ({ date }) => { if (date && S.dayOf(date) !== state.date) go(S.dayOf(date)); },
    onChangeViewDate: ({ month, year }) => fill(`${year}-${String(month + 1).padStart(2, "0")}`),
    onRenderCell({ date, cellType }) {
      const load = cellType === "day" && loads[S.dayOf(date)];
      return load ? { classes: level(load), attrs: { title: full(load) } } : undefined;
    },
  });
  async function fill(month) {
    try {
      loads = await api(`${urls.load}?${new URLSearchParams({ month, branch: state.branch })}`);
      // The picker's own update() would go back to its first day.
      $$("#mini .air-datepicker-cell.-day-").forEach((cell) => {
        const load = loads[S.dayOf(new Date(cell.dataset.year, cell.dataset.month, cell.dataset.date, 12))];
        cell.className = cell.className.replace(/ ?load-\d/g, "");
        if (load) { cell.classList.add(level(load)); cell.title = full(load); }
      });
    } catch { /* the picture of the month can wait */ }
  }
  function go(day) {
    state.date = day;
    const shown = picker.selectedDates[0];
    if (!shown || S.dayOf(shown) !== day) picker.selectDate(new Date(`${day}T12:00`));
    keep();
    load();
  }
  function settle() { keep(); if (state.data) draw(state.data); }
  function query() {
    const ask = new URLSearchParams({ branch: state.branch, view: state.view });
    if (state.profession) ask.set("profession", state.profession);
    if (state.doctor && state.view === "timeGridWeek") ask.set("doctor", state.doctor);
    if (state.chair && state.view === "timeGridWeek") ask.set("chair", state.chair);
    if (state.chairs.size) ask.set("chairs", [...state.chairs].join(","));
    if (state.allChairs) ask.set("all", "1");
    if (state.gone) ask.set("gone", "1");
    return ask;
  }
  let kept = config.last;
  function keep() {
    const ask = query();
    if (!isPhone() && ask.toString() !== kept) {
      kept = ask.toString();
      fetch(urls["view-last"], { method: "POST", headers: { "X-CSRFToken": kit.csrf() }, body: new URLSearchParams({ query: kept }) });
    }
    ask.set("date", state.date);
    history.replaceState(null, "", `?${ask}`);
    controls();
  }
  function controls() {
    $$("[data-view]").forEach((button) => button.setAttribute("aria-pressed", button.dataset.view === state.view));
    $$("[data-mode]").forEach((button) => button.setAttribute("aria-pressed", button.dataset.mode === state.mode));
    const branch = $("#by-branch");
    if (branch) branch.value = state.branch;
    $("#by-profession").value = state.profession;
    $("#by-profession").hidden = state.view === "timeGridWeek" || state.view === "listDay";
    $("#all-chairs").checked = state.allChairs;
    $("#with-gone").checked = state.gone;
    const paper = new URLSearchParams({ from: state.date, branch: state.branch, ...(state.view === "timeGridWeek" && state.doctor && { doctor: state.doctor }) });
    $("#print-day").href = `${$("#print-day").href.split("?")[0]}?${paper}`;
    root.classList.toggle("edits-shifts", state.mode === "doctors");
  }
  function setMode(mode) {
    state.mode = mode;
    if (state.view === "listDay") state.view = "resourceTimeGridDay";
    settle();
  }
  kit.on("click", "[data-nav]", (event, button) => {
    const days = state.view === "timeGridWeek" ? 7 : 1;
    go(button.dataset.nav === "today" ? config.today : S.plus(state.date, button.dataset.nav === "next" ? days : -days));
  });
  kit.on("click", "[data-view]", (event, button) => { state.view = button.dataset.view; keep(); load(); });
  kit.on("click", "[data-mode]", (event, button) => setMode(button.dataset.mode));
  $("#by-branch")?.addEventListener("change", (event) => { state.branch = event.target.value; state.chairs.clear(); keep(); load(); fill(state.date.slice(0, 7)); waiting(); });
  $("#by-profession").addEventListener("change", (event) => { state.profession = event.target.value; settle(); });
  $("#by-doctor").addEventListener("change", (event) => { const { value } = event.target; state.chair = value.startsWith("c") ? +value.slice(1) : 0; state.doctor = state.chair ? 0 : +value; keep(); load(); });
  $("#all-chairs").addEventListener("change", (event) => { state.allChairs = event.target.checked; settle(); });
  $("#with-gone").addEventListener("change", (event) => { state.gone = event.target.checked; settle(); });
  $("#pick-chairs").addEventListener("change", () => {
    const ticks = $$("input", $("#pick-chairs"));
    const on = ticks.filter((tick) => tick.checked).map((tick) => +tick.value);
    state.chairs = new Set(on.length === ticks.length ? [] : on);
    settle();
  });
  document.addEventListener("keydown", (event) => {
    if (kit.isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || menu.isOpen() || event.target.closest?.(".offcanvas")) return;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") { event.preventDefault(); $(`[data-nav=${event.key === "ArrowLeft" ? "prev" : "next"}]`).click(); }
    const view = { KeyD: "resourceTimeGridDay", KeyW: "timeGridWeek", KeyL: "resourceTimelineDay" }[event.code];
    if (view) $(`[data-view=${view}]`).click();
  });

  /* named views */
  function drawViews() {
    $("#kept-views").replaceChildren(...config.views.map((view) => {
      const open = el("button", { type: "button", class: "dropdown-item grow" }, kit.icon("bookmark"), el("span", { class: "cut" }, view.title));
      open.addEventListener("click", () => apply(new URLSearchParams(view.query)));
      const drop = el("button", { type: "button", class: "icon-btn sm", "aria-label": words.drop_view }, kit.icon("x"));
      drop.addEventListener("click", async () => { await fetch(at("view-drop", view.id), { method: "POST", headers: { "X-CSRFToken": kit.csrf() } }); config.views = config.views.filter((one) => one !== view); drawViews(); });
      return el("div", { class: "row-x" }, open, drop);
    }));
  }
  function apply(ask) {
    Object.assign(state, { branch: ask.get("branch") || state.branch, view: ask.get("view") || state.view, profession: ask.get("profession") || "", doctor: +ask.get("doctor") || 0, chair: +ask.get("chair") || 0, chairs: new Set((ask.get("chairs") || "").split(",").filter(Boolean).map(Number)), allChairs: ask.get("all") === "1", gone: ask.get("gone") === "1" });
    keep();
    load();
  }
  $("#keep-view").addEventListener("submit", async (event) => {
    event.preventDefault();
    const input = event.target.elements.title;
    if (!input.value.trim()) { input.focus(); return; }
    const answer = await fetch(urls["view-keep"], { method: "POST", headers: { "X-CSRFToken": kit.csrf() }, body: new URLSearchParams({ title: input.value, query: query().toString() }) });
    const view = await answer.json();
    config.views = [...config.views.filter((one) => one.id !== view.id), view];
    input.value = "";
    drawViews();
    kit.toast(words.saved_view);
  });

  /* others */
  const { body } = document;
  const ids = new Set();
  let soon = 0;
  const known_version = (id) => state.data?.visits.find((one) => one.id === id)?.version || 0;
  body.addEventListener("live:appointment", ({ detail }) => {
    if (detail.version && detail.version <= known_version(detail.id)) return;
    ids.add(detail.id);
    clearTimeout(soon);
    soon = setTimeout(ask, 100);
  });
  async function ask() {
    const wanted = [...ids];
    ids.clear();
    if (dragging) { wanted.forEach((id) => ids.add(id)); soon = setTimeout(ask, 500); return; }
    if (wanted.length > 20) { load(); return; }
    try {
      const { visits } = await api(`${urls.changed}?ids=${wanted.join(",")}`);
      visits.forEach((visit) => { flash(visit.id); put(visit); });
      const gone = wanted.filter((id) => !visits.some((visit) => visit.id === id));
      gone.forEach((id) => { calendar.removeEventById(`v${id}`); state.data.visits = state.data.visits.filter((one) => one.id !== id); });
    } catch { load(); }
  }
  let whole = 0;
  const reload = () => {
    clearTimeout(whole);
    whole = setTimeout(() => { cache.clear(); if (state.data) cache.set(question(...range()), state.data); load(); }, 400);
  };
  ["live:shift", "live:block", "live:hold", "live:reset"].forEach((name) => body.addEventListener(name, reload));
  body.addEventListener("schedule:changed", reload);
  body.addEventListener("schedule:booked", ({ detail }) => { if (detail.date && (detail.date < range()[0] || detail.date > range()[1])) go(detail.date); (detail.ids || []).forEach(flash); fill(state.date.slice(0, 7)); waiting(); });
  body.addEventListener("schedule:cancelled", ({ detail }) => kit.toast(words.cancelled, { action: words.undo, stay: 9000, onAction: () => htmx.ajax("POST", detail.url, { swap: "none" }) }));
  const waiting = () => htmx.ajax("GET", `${urls["waiting-list"]}?branch=${state.branch}`, { target: "#waiting" });
  body.addEventListener("waiting:changed", waiting);
  body.addEventListener("live:waiting", waiting);
  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "waiting") $("#wait-count").textContent = $("[data-count]", $("#waiting"))?.dataset.count || "0"; });

  controls();
  drawViews();
  fill(state.date.slice(0, 7));
  load();
});
