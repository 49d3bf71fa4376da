// Editor of a draft plan: lines live here until they are saved through the API; what is unsaved is kept on this device.
kit.mount("plan", (page) => {
  const { $, $$, el, t } = kit;
  const config = kit.data("plan-data");
  const box = $("[data-lines]", page);
  const store = `draft:${document.body.dataset.user}:plan-${config.id || `new-${config.patient}`}`;
  const state = { teeth: new Set(), lines: config.lines.map((line) => ({ ...line })), phases: [...config.phases], gaps: config.gaps.map((gap) => [...gap]), version: config.version, phase: 1, key: 0, errors: {} };
  const head = () => ({ name: $("[name=plan_name]", page).value, note: $("[name=plan_note]", page).value, doctor: +$("[name=plan_doctor]", page).value });
  const snapshot = () => JSON.stringify({ lines: state.lines.map(({ key, ...line }) => line), phases: state.phases, gaps: state.gaps, ...head() });
  const sumOf = (line) => Math.round((line.price || 0) * line.quantity * 100) / 100;
  const two = (value) => (Math.round(value * 100) / 100).toFixed(2);

  /** «10%» of the line or a plain sum, else what promotions gave when it was saved; null when it is neither or larger than the line. */
  function discountOf(line) {
    const text = String(line.discount ?? "").trim();
    if (!text) return line.auto && sumOf(line) === line.autoOf ? line.auto : 0;
    const value = kit.read(text);
    const off = text.endsWith("%") ? Math.round(sumOf(line) * value) / 100 : value;
    return /\d/.test(text) && off >= 0 && off <= sumOf(line) ? off : null;
  }
  const net = (line) => sumOf(line) - (discountOf(line) || 0);
  const phaseCount = () => Math.max(state.phases.length, 1, ...state.lines.map((line) => line.phase));
  const phaseTitle = (number) => state.phases[number - 1] || `${t("phase")} ${number}`;

  /* lines */
  function row(line) {
    const error = (name) => state.errors[`lines.${state.lines.indexOf(line)}.${name}`]?.[0];
    const problem = ["service", "teeth", "quantity", "price", "discount", "phase", "doctor", "healing_days", "healing_most"].map(error).find(Boolean);
    const number = el("input", { class: "in num ln-q", type: "number", min: 1, max: 999, value: line.quantity, "data-field": "quantity", "aria-label": `${t("quantity")}: ${line.name}` });
    const cells = [
      el("span", { class: "tooth-no num", title: line.teeth.join(", ") }, line.teeth.length > 1 ? `${line.teeth.length}` : String(line.teeth[0] ?? "—")),
      el("div", { class: "ln-name" }, el("div", { class: "strong2" }, line.name),
        el("div", { class: "xs muted row-x wrap" }, el("span", { class: "num" }, line.code), line.teeth.length > 1 ? el("span", { class: "num" }, line.teeth.join(", ")) : null, line.price === null && config.sums ? el("span", { class: "badge-k tone-amber" }, t("no_price")) : null),
        problem ? el("div", { class: "err" }, kit.icon("alert-circle"), problem) : null),
    ];
    const parts = [number];
    if (config.sums) {
      const price = el("input", { class: "in num ln-p", value: line.price === null ? "" : kit.number(line.price, Number.isInteger(line.price) ? 0 : 2), inputmode: "decimal", "data-field": "price", "aria-label": `${t("price")}: ${line.name}` });
      const discount = el("input", { class: "in num ln-d", value: line.discount || "", placeholder: !line.discount && discountOf(line) ? kit.money(discountOf(line), "") : "%", title: line.why || "", inputmode: "decimal", "data-field": "discount", "aria-label": `${t("discount")}: ${line.name}`, "aria-invalid": discountOf(line) === null });
      if (config.priceEdit) parts.push(el("span", { class: "muted" }, "×"), price, el("span", { class: "muted" }, "−"), discount);
      else parts.push(el("span", { class: "small muted num" }, `× ${line.price === null ? "—" : kit.money(line.price)}${discountOf(line) ? ` − ${kit.money(discountOf(line))}` : ""}`));
      cells.push(el("b", { class: "ln-sum num" }, kit.money(net(line))));
    }
    const phase = el("select", { class: "form-select ln-f", "data-field": "phase", "aria-label": `${t("phase")}: ${line.name}` });
    for (let number = 1; number <= Math.min(20, phaseCount() + 1); number += 1) {
      const option = el("option", { value: number }, number > phaseCount() ? `+ ${t("phase")} ${number}` : phaseTitle(number));
      option.selected = number === line.phase;
      phase.append(option);
    }
    const who = el("select", { class: "form-select ln-w", "data-field": "doctor", "aria-label": `${t("who_does")}: ${line.name}` }, ...[["", t("as_in_plan")], ...config.doctors].map(([value, name]) => {
      const option = el("option", { value }, name);
      option.selected = String(value) === String(line.doctor ?? "");
      return option;
    }));
    const heals = el("input", { class: "in num ln-h", type: "number", min: 0, max: 730, value: line.healing ?? "", placeholder: `${line.heals || 0} ${t("days_short")}`, title: t("healing"), "data-field": "healing", "aria-label": `${t("healing")}: ${line.name}` });
    parts.push(who, kit.icon("hourglass", "icon-sm muted"), heals);
    if (line.healing) parts.push(el("input", { class: "in num ln-h", type: "number", min: line.healing, max: 730, value: line.most ?? "", placeholder: "≤", title: t("healing_most"), "data-field": "most", "aria-label": `${t("healing_most")}: ${line.name}` }));
    const drop = el("button", { type: "button", class: "icon-btn sm", "data-drop": "", "aria-label": `${t("remove")}: ${line.name}` }, kit.icon("x"));
    return el("div", { class: `ln${config.sums ? "" : " no-sums"}${problem ? " bad" : ""}`, "data-key": line.key }, ...cells, drop, el("div", { class: "ln-edit" }, ...parts, phase));
  }

  function draw() {
    state.lines.forEach((line) => { line.key ??= ++state.key; });
    const numbers = [...new Set(state.lines.map((line) => line.phase))].sort((a, b) => a - b);
    box.replaceChildren(...numbers.map((number) => {
      const lines = state.lines.filter((line) => line.phase === number);
      const title = el("input", { class: "in phase-name", value: state.phases[number - 1] || "", placeholder: `${t("phase")} ${number}`, maxlength: 120, "data-phase": number, "aria-label": `${t("phase")} ${number}` });
      const total = config.sums ? el("b", { class: "end num" }, kit.money(lines.reduce((sum, line) => sum + net(line), 0))) : null;
      const rest = (place, name) => el("input", { class: "in num", type: "number", min: 0, max: 730, value: state.gaps[number - 1]?.[place] || "", placeholder: place ? "≤" : "0", title: name, "data-gap": number, "data-place": place, "aria-label": `${name}: ${phaseTitle(number)}` });
      const gap = number < Math.max(...numbers) ? el("span", { class: "phase-gap small muted" }, kit.icon("hourglass", "icon-sm"), el("span", { class: "hide-m" }, t("phase_gap")), rest(0, t("phase_gap")), state.gaps[number - 1]?.[0] ? rest(1, t("healing_most")) : null) : null;
      return el("section", { class: "card-k flush" }, el("header", { class: "line wrap" }, title, gap, total), el("div", { class: "lines" }, ...lines.map(row)));
    }));
    $("[data-none]", page).hidden = state.lines.length > 0;
    sums();
    tell();
  }
  function sums() {
    const off = state.lines.reduce((sum, line) => sum + (discountOf(line) || 0), 0);
    kit.out(page, "total", kit.money(state.lines.reduce((sum, line) => sum + net(line), 0)));
    kit.out(page, "discount", off ? kit.money(-off) : "—");
    kit.out(page, "count", String(state.lines.length));
  }

  /* unsaved changes */
  let clean = "";
  function tell() {
    const isDirty = snapshot() !== clean;
    const save = $("[data-save]", page);
    save.disabled = !isDirty || !state.lines.length;
    save.classList.toggle("primary", isDirty);
    const approve = $("[data-approve]", page);
    approve?.classList.toggle("primary", !isDirty);
    $("[data-saved]", page).textContent = isDirty ? t("unsaved") : config.id ? t("saved") : "";
    if (isDirty) localStorage.setItem(store, snapshot()); else localStorage.removeItem(store);
    return isDirty;
  }
  function restore() {
    const kept = localStorage.getItem(store);
    if (!kept || kept === clean) return;
    const was = JSON.parse(kept);
    state.lines = was.lines;
    state.phases = was.phases;
    state.gaps = was.gaps || [];
    $("[name=plan_name]", page).value = was.name;
    $("[name=plan_note]", page).value = was.note;
    $("[name=plan_doctor]", page).value = was.doctor;
    $("[data-restored]", page).hidden = false;
  }
  addEventListener("beforeunload", (event) => { if (page.isConnected && snapshot() !== clean && !page.dataset.leaving) event.preventDefault(); });

  /* teeth */
  function paint() {
    const inPlan = new Set(state.lines.flatMap((line) => line.teeth));
    $$("[data-tooth]", page).forEach((button) => {
      const n = +button.dataset.tooth;
      button.setAttribute("aria-pressed", state.teeth.has(n));
      button.classList.toggle("in-plan", inPlan.has(n));
    });
    const list = [...state.teeth];
    kit.out(page, "teeth", list.length ? list.join(", ") : t("no_teeth"));
    $("[name=teeth]", page).value = list.join(",");
    $("[data-apart]", page).hidden = list.length < 2;
  }
  page.addEventListener("click", (event) => {
    const { target } = event;
    const tooth = target.closest("[data-tooth]");
    const pick = target.closest("[data-pick]");
    const service = target.closest("[data-service]");
    const drop = target.closest("[data-drop]");
    if (tooth) {
      const n = +tooth.dataset.tooth;
      if (!state.teeth.delete(n)) state.teeth.add(n);
      paint();
      htmx.trigger($("[data-find]", page), "teeth");
    } else if (pick) {
      const shown = $$(`[data-jaw${pick.dataset.pick === "all" || pick.dataset.pick === "none" ? "" : `=${pick.dataset.pick}`}] [data-tooth]`, page).filter((button) => button.offsetParent);
      state.teeth = new Set(pick.dataset.pick === "none" ? [] : shown.map((button) => +button.dataset.tooth));
      paint();
    } else if (service) add(service.dataset);
    else if (drop) {
      const line = lineOf(drop);
      const place = state.lines.indexOf(line);
      state.lines = state.lines.filter((other) => other !== line);
      state.errors = {};
      draw();
      paint();
      kit.toast(line.name, { action: t("undo"), onAction: () => { state.lines.splice(place, 0, line); draw(); paint(); } });
    } else if (target.closest("[data-save]")) save();
    else if (target.closest("[data-dentition] [data-set]")) {
      const name = target.closest("[data-set]").dataset.set;
      $$("[data-dentition] [data-set]", page).forEach((other) => other.setAttribute("aria-pressed", other.dataset.set === name));
      $(".picker", page).dataset.shown = name;
    } else if (target.closest("[data-restored-drop]")) { localStorage.removeItem(store); page.dataset.leaving = "1"; location.reload(); }
  });
  const lineOf = (node) => state.lines.find((line) => line.key === +node.closest("[data-key]").dataset.key);

  /** A line for each tooth, so that each is done and paid on its own; one for all of them when asked so. */
  function add({ service, name, code, price, heals }) {
    const teeth = [...state.teeth];
    const isApart = $("[data-apart] input", page).checked;
    const groups = isApart && teeth.length > 1 ? teeth.map((n) => [n]) : [teeth];
    const made = groups.map((group) => ({ service: +service, name, code, price: price === "" ? null : Number(price), listed: price === "" ? null : Number(price), discount: "", quantity: 1, doctor: null, heals: +heals || 0, healing: null, most: null, teeth: group, phase: Math.max(1, ...state.lines.map((line) => line.phase)), note: "" }));
    state.lines.push(...made);
    draw();
    paint();
    $(`[data-key="${made.at(-1).key}"]`, box)?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  box.addEventListener("change", (event) => {
    const { field, phase, gap, place } = event.target.dataset;
    if (gap) {
      while (state.gaps.length < +gap) state.gaps.push([0, null]);
      const days = event.target.value === "" ? null : Math.max(0, Math.min(730, Math.round(+event.target.value) || 0));
      state.gaps[gap - 1][place] = +place ? days : days || 0;
      draw();
      return;
    }
    if (phase) {
      while (state.phases.length < +phase) state.phases.push("");
      state.phases[phase - 1] = event.target.value.trim();
      draw();
      return;
    }
    if (!field) return;
    const line = lineOf(event.target);
    const { value } = event.target;
    if (field === "quantity") line.quantity = Math.max(1, Math.min(999, Math.round(+value) || 1));
    if (field === "phase") line.phase = +value;
    if (field === "price") line.price = value.trim() ? kit.read(value) : line.listed;
    if (field === "discount") line.discount = value.trim();
    if (field === "doctor") line.doctor = +value || null;
    if (field === "healing" || field === "most") line[field] = value === "" ? null : Math.max(0, Math.min(730, Math.round(+value) || 0));
    if (line.healing === null) line.most = null;
    delete state.errors[`lines.${state.lines.indexOf(line)}.${field}`];
    draw();
  });
  page.addEventListener("input", (event) => { if (event.target.name?.startsWith("plan_")) tell(); });
  page.addEventListener("change", (event) => { if (event.target.name === "plan_doctor") tell(); });
  page.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && ["Enter", "s", "ы"].includes(event.key)) { event.preventDefault(); save(); }
    if (event.key === "Enter" && event.target.matches("[data-find] input")) { event.preventDefault(); $("[data-service]", page)?.click(); }
  });

  /* saving */
  const key = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte, i) => (i === 6 ? (byte & 15) | 64 : i === 8 ? (byte & 63) | 128 : byte).toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  let isBusy = false;
  function body() {
    const lines = state.lines.map((line) => {
      const out = { service: line.service, teeth: line.teeth, quantity: line.quantity, phase: line.phase, note: line.note || "" };
      if (line.id) out.id = line.id;
      Object.assign(out, { doctor: line.doctor, healing_days: line.healing, healing_most: line.most });
      if (String(line.discount ?? "").trim()) out.discount = two(discountOf(line) || 0);
      if (config.priceEdit && line.price !== null && line.price !== line.listed) out.price = two(line.price);
      return out;
    });
    const gaps = state.gaps.map(([days, most]) => ({ days: days || 0, most: most ?? null }));
    return { ...head(), phases: state.phases, phase_gaps: gaps, lines, ...(config.id ? {} : { patient: config.patient, branch: config.branch }) };
  }
  async function save(then) {
    if (!state.lines.length || isBusy) return;
    if (state.lines.some((line) => discountOf(line) === null)) { kit.toast(t("wrong_discount"), { level: "bad" }); return; }
    const button = $("[data-save]", page);
    button.classList.add("busy");
    isBusy = true;
    try {
      const headers = { "Content-Type": "application/json", "X-CSRFToken": kit.csrf(), Accept: "application/json", "Idempotency-Key": key() };
      if (config.id && state.version) headers["If-Match"] = `"${state.version}"`;
      const response = await fetch(config.url, { method: config.id ? "PATCH" : "POST", headers, body: JSON.stringify(body()) });
      const answer = await response.json().catch(() => ({}));
      if (response.status === 412) { stale(answer); return; }
      if (!response.ok) { refused(answer, response.status); return; }
      page.dataset.leaving = "1";
      localStorage.removeItem(store);
      if (then) then(answer); else location.href = config.page.replace("/0/", `/${answer.id}/`);
    } catch { kit.toast(t("offline"), { level: "bad" }); } finally { button.classList.remove("busy"); isBusy = false; }
  }
  function refused(answer, status) {
    state.errors = answer.fields || {};
    draw();
    const first = Object.values(state.errors)[0]?.[0];
    kit.toast(first || answer.message || kit.problem(status), { level: "bad", stay: 6000 });
    $(".ln.bad", box)?.scrollIntoView({ block: "center" });
  }
  function stale(answer) {
    const dialog = $("#plan-stale");
    dialog.showModal();
    $("[data-theirs]", dialog).onclick = () => { page.dataset.leaving = "1"; localStorage.removeItem(store); location.reload(); };
    $("[data-mine]", dialog).onclick = () => { dialog.close(); state.version = answer.facts?.version; state.lines.forEach((line) => { delete line.id; }); save(); };
  }
  // Approval of what is on the screen: save first, then ask for approval of the total seen.
  $("[data-approve-form]", page)?.addEventListener("submit", (event) => {
    if (snapshot() === clean) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const form = event.target;
    delete form.dataset.sending;
    save((answer) => { form.elements.version.value = answer.version; form.elements.total.value = answer.total; form.submit(); });
  }, true);

  draw();
  clean = snapshot();
  restore();
  draw();
  paint();
});
