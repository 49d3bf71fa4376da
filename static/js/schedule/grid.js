// The grid of the calendar: columns, shifts behind, cards of visits. Times are those of the branch's wall clock.
kit.schedule = (() => {
  const { el } = kit;
  const HALF = 30 * 60000;
  const two = (number) => String(number).padStart(2, "0");
  const iso = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
  const dayOf = (date) => iso(date).slice(0, 10);
  const hm = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;
  const say = (text, value) => text.replace("%s", value);
  const plus = (day, days) => { const date = new Date(`${day}T12:00`); date.setDate(date.getDate() + days); return dayOf(date); };
  const monday = (day) => plus(day, -((new Date(`${day}T12:00`).getDay() + 6) % 7));
  const minutesOf = (clock) => +clock.slice(0, 2) * 60 + +clock.slice(3, 5);
  const clockOf = (minutes) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

  const GONE = new Set(["cancelled", "no_show"]);
  const isTimeline = (view) => view === "resourceTimelineDay";

  /** What the server sent, as events of the calendar. `mode` says what can be dragged. */
  function events(data, state) {
    const found = [];
    const columns = state.view !== "timeGridWeek" && state.view !== "listDay";
    const at = (chair) => (columns ? { resourceIds: [String(chair)] } : {});
    const isDoctors = state.mode === "doctors";
    data.shifts.forEach((shift) => {
      if (state.view === "listDay") return;
      const tone = data.doctors[shift.doctor]?.tone || "blue";
      const base = { ...at(shift.chair), start: shift.start, end: shift.end, extendedProps: { kind: "shift", shift, tone } };
      if (isDoctors) found.push({ ...base, id: `s${shift.id}`, title: data.doctors[shift.doctor]?.name || "", editable: true });
      else found.push({ ...base, id: `bg${shift.id}`, display: "background" });
    });
    data.visits.forEach((visit) => {
      if (GONE.has(visit.state) && !state.gone) return;
      if (isDoctors) return;
      found.push(event(visit, state));
    });
    if (!isDoctors && state.view !== "listDay") {
      data.blocks.forEach((block) => (columns ? block.chairs : [0]).forEach((chair) => found.push({
        ...at(chair), id: `b${block.id}_${chair}`, title: block.title, start: block.start, end: block.end,
        editable: state.rights.block && block.chairs.length < 2, extendedProps: { kind: "block", block },
      })));
      data.holds.forEach((hold) => columns && found.push({ ...at(hold.chair), id: `h${hold.id}`, title: say(state.words.now_booking, hold.by), start: hold.start, end: hold.end, editable: false, extendedProps: { kind: "hold" } }));
    }
    return found;
  }

  function event(visit, state) {
    const isOpen = !GONE.has(visit.state) && visit.state !== "completed";
    return {
      id: `v${visit.id}`, resourceIds: [String(visit.chair)], start: visit.start, end: visit.end, title: visit.name,
      editable: state.rights.book && isOpen, extendedProps: { kind: "visit", visit },
    };
  }

  /** Columns: chairs with a shift or a visit of the day, or all of them; those of the chosen profession or view. */
  function columns(data, state) {
    const busy = new Set([...data.shifts, ...data.visits.filter((visit) => !GONE.has(visit.state) || state.gone)].map((row) => row.chair));
    data.blocks.forEach((block) => block.chairs.forEach((chair) => busy.add(chair)));
    const shown = data.chairs.filter((chair) => {
      if (state.chairs.size && !state.chairs.has(chair.id)) return false;
      const shifts = data.shifts.filter((shift) => shift.chair === chair.id);
      if (state.profession && !shifts.some((shift) => data.doctors[shift.doctor]?.profession.includes(state.profession))) return false;
      return state.allChairs || state.mode === "doctors" || busy.has(chair.id);
    });
    const branches = new Set(data.chairs.map((chair) => chair.branch));
    return shown.map((chair) => ({
      id: String(chair.id), title: chair.name,
      extendedProps: { chair, branch: branches.size > 1 ? chair.branch : "", shifts: data.shifts.filter((shift) => shift.chair === chair.id), doctors: data.doctors },
    }));
  }

  /** «Врач-стоматолог-терапевт» is a whole column wide: the last word tells it. */
  const brief = (profession) => { const word = profession.replace(/^врач[\s-]+(стоматолог[\s-]+)?/i, ""); return word.charAt(0).toUpperCase() + word.slice(1); };

  /** The head of a column: who works there, his profession, the chair; a figure of money where an app above gives one. */
  function head(resource) {
    const { chair, shifts, doctors, branch } = resource.extendedProps;
    if (!chair) return ""; // an empty calendar has a column of its own
    const people = [...new Map(shifts.map((shift) => [shift.doctor, doctors[shift.doctor]])).values()].filter(Boolean);
    const tone = people[0]?.tone || "grey";
    const node = el("div", { class: `rl tone-${tone}` });
    if (people.length > 1) node.append(el("b", { title: people.map((person) => person.name).join(", ") }, people.map((person) => person.name.split(" ")[0]).join(" · ")));
    else node.append(el("b", { title: people[0]?.name || chair.name }, people[0]?.name || chair.name));
    const under = [people.length === 1 ? brief(people[0].profession) : "", people.length ? chair.name : chair.purpose, branch].filter(Boolean).join(" · ");
    node.append(el("span", { title: under }, under || "\u00a0"));
    const figure = shifts.flatMap((shift) => shift.figures)[0];
    if (figure) {
      const text = figure.of ? `${figure.value} / ${figure.of}` : figure.value;
      node.append(el("span", { class: "rl-sum num", title: `${figure.label}: ${text}` }, text));
      if (figure.percent != null) node.append(el("progress", { class: "prog", max: 100, value: figure.percent, "aria-label": figure.label }));
    }
    return { domNodes: [node] };
  }

  const marks = (visit, most) => visit.badges.filter((badge) => badge.letter).slice(0, most)
    .map((badge) => el("i", { class: `mk tone-${badge.tone}`, title: badge.label }, badge.letter));
  const details = (visit) => [...visit.notes, visit.services || visit.type, visit.comment].filter(Boolean);

  /** One line for half an hour, time and name and what is done for more; the list shows everything in a row. */
  function card(info, state) {
    const { event: one } = info;
    const { kind, visit, block } = one.extendedProps;
    if (one.display === "background") return "";
    if (kind === "block") return { domNodes: [el("div", { class: "ap-n" }, block.title)] };
    if (kind === "hold" || kind === "ghost") return { domNodes: [el("div", { class: "ap-t" }, `${hm(one.start)}–${hm(one.end)}`), el("div", { class: "ap-n" }, one.title)] };
    if (kind === "shift") {
      const { shift } = one.extendedProps;
      const booked = state.data?.visits.filter((row) => row.chair === shift.chair && row.doctor === shift.doctor && !GONE.has(row.state) && row.start < shift.end && row.end > shift.start).length || 0;
      return { domNodes: [el("div", { class: "ap-t num" }, `${hm(one.start)}–${hm(one.end)}`), el("div", { class: "ap-n" }, one.title), el("div", { class: "ap-s" }, say(state.words.visits, booked))] };
    }
    if (!visit) return { domNodes: [el("div", { class: "ap-t" }, `${hm(one.start)}–${hm(one.end)}`), el("div", { class: "ap-n" }, one.title)] };
    const more = el("span", { class: "ap-more", "aria-hidden": "true", "data-more": "" }, kit.icon("dots-vertical"));
    if (state.view === "listDay") return { domNodes: row(one, visit, state, more) };
    const minutes = (one.end - one.start) / 60000;
    const name = el("div", { class: "ap-n" }, visit.name);
    if (minutes <= 30 && !isTimeline(state.view)) return { domNodes: [el("div", { class: "ap-row" }, name, ...marks(visit, 1), more)] };
    const time = el("div", { class: "ap-t" }, el("span", { class: "num" }, `${hm(one.start)}–${hm(one.end)}`), ...marks(visit, 3), more);
    const parts = isTimeline(state.view) ? [name, time] : [time, name];
    const text = details(visit).join(" · ");
    if (text && (minutes > 45 || isTimeline(state.view))) { const line = el("div", { class: "ap-s" }, text); line.style.webkitLineClamp = minutes >= 90 ? 4 : minutes >= 75 ? 2 : 1; parts.push(line); }
    return { domNodes: parts };
  }

  function row(one, visit, state, more) {
    return [
      el("div", { class: "li-time num" }, hm(one.start), el("i", {}, hm(one.end))),
      el("div", { class: "li-who" }, el("b", { class: "cut" }, visit.full_name), el("span", { class: "cut" }, [state.data?.doctors[visit.doctor]?.name, ...details(visit)].filter(Boolean).join(" · "))),
      ...marks(visit, 2), el("span", { class: `badge-k st-${visit.state}` }, visit.label), more,
    ];
  }

  function classes(info, state) {
    const { event: one } = info;
    const { kind, visit, tone } = one.extendedProps;
    if (one.display === "background") return ["shift", `tone-${tone}`];
    if (kind === "block") return ["ap", "blocked", one.extendedProps.block.kept ? "kept" : ""];
    if (kind === "hold") return ["ap", "held"];
    if (kind === "shift") return ["ap", "works", `tone-${tone}`];
    if (!visit) return ["ap", "st-booked"];
    const late = visit.alert && (new Date() - new Date(visit.since)) / 60000 > visit.alert;
    return ["ap", `st-${visit.state}`, visit.tone ? `tone-${visit.tone}` : "", one.end - one.start <= HALF ? "half" : "", visit.over ? "over" : "", late ? "late" : "", state.flash.has(visit.id) ? "flash" : ""].filter(Boolean);
  }

  /** What a screen reader and a resting mouse say of a card. */
  function label(visit, state) {
    const doctor = state.data?.doctors[visit.doctor]?.name || "";
    const lines = [`${visit.full_name}, ${visit.start.slice(11)}–${visit.end.slice(11)}`, `${visit.label} · ${doctor}`, ...details(visit)];
    visit.badges.forEach((badge) => lines.push(badge.label));
    if (visit.own) lines.push(say(state.words.own, visit.own));
    if (visit.series) lines.push(state.words.series);
    return lines.join("\n");
  }

  /** Whole hours around what is open or stands in the day. */
  function limits(data) {
    const opened = Object.values(data.closed).filter(Boolean);
    const moments = [...data.shifts, ...data.visits];
    const first = Math.min(...opened.map(([from]) => minutesOf(from)), ...moments.map((row) => minutesOf(row.start.slice(11))), 9 * 60);
    const last = Math.max(...opened.map(([, to]) => minutesOf(to)), ...moments.filter((row) => row.end.slice(0, 10) === row.start.slice(0, 10)).map((row) => minutesOf(row.end.slice(11))), 18 * 60);
    return { slotMinTime: clockOf(Math.max(0, Math.floor(first / 60) * 60)), slotMaxTime: clockOf(Math.min(24 * 60, Math.ceil(last / 60) * 60)) };
  }

  return { iso, dayOf, hm, say, plus, monday, events, event, columns, head, card, classes, label, limits, isTimeline, GONE };
})();
