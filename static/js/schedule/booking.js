// The form of an appointment: minutes that follow the type and services, free times to press, the place kept while it is open.
if (!kit.bookingReady) {
  kit.bookingReady = true;
  const two = (number) => String(number).padStart(2, "0");
  kit.wall = { iso: (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}` };
  kit.mount("booking", (form) => {
    const { $, $$ } = kit;
    const field = (name) => form.elements[name];
    const url = form.dataset.holdUrl;
    const types = JSON.parse(form.dataset.typeMinutes || "{}");
    const status = $("[data-hold-state]", form);
    let minutesTouched = form.hasAttribute("data-answered");
    let timer = 0;
    let holdTimer = 0;

    /* who: a known patient or a new one */
    const who = () => { const isNew = $("[name=who]:checked", form)?.value === "new"; form.classList.toggle("is-new", isNew); if (isNew) $("[name=last_name]", form)?.focus(); };
    $$("[name=who]", form).forEach((radio) => radio.addEventListener("change", who));
    if ($("[name=who]", form)) form.classList.toggle("is-new", $("[name=who]:checked", form)?.value === "new");
    const over = () => form.classList.toggle("is-over", Boolean(field("overbook")?.checked));
    field("overbook")?.addEventListener("change", over);
    over();
    const repeats = () => form.classList.toggle("is-repeated", Boolean(field("repeat")?.value));
    field("repeat")?.addEventListener("change", repeats);
    repeats();

    /* the first field takes the keys as soon as its search is there */
    const patient = field("patient");
    const focus = (tries) => { if (patient?.tomselect) { if (!patient.value && !form.classList.contains("is-new")) patient.tomselect.focus(); } else if (tries && form.isConnected) setTimeout(focus, 50, tries - 1); };
    if (patient?.tagName === "SELECT" && !$("[data-errors]", form)) focus(20);
    // Patient and place are known: what is left to say is the type; Enter there books nothing by mistake.
    if (patient?.value && field("start")?.value && !$("[data-errors]", form)) setTimeout(() => $("[name=visit_type]", form)?.focus(), 60);

    /* minutes */
    field("minutes")?.addEventListener("input", () => { minutesTouched = true; changed(); });
    field("visit_type")?.addEventListener("change", (event) => { if (!minutesTouched && types[event.target.value]) { field("minutes").value = types[event.target.value]; changed(); } });
    field("services")?.addEventListener("change", (event) => {
      const select = event.target.tomselect;
      const sum = select ? select.items.reduce((total, id) => total + (+select.options[id]?.minutes || 0), 0) : 0;
      if (!minutesTouched && sum) { field("minutes").value = sum; changed(); }
      needs();
      ask();
    });
    /* what the services take beside the chair: the microscope, the CT */
    const needed = JSON.parse(form.dataset.takes || "{}");
    function needs() {
      const line = $(".needs", form);
      if (!line) return;
      const names = new Set([...field("services").selectedOptions].flatMap((option) => needed[option.value] || []));
      line.hidden = !names.size;
      line.textContent = `${line.dataset.takesWords} ${[...names].join(", ")}`;
    }
    if (field("services")) needs();

    /* free times */
    const ask = () => { clearTimeout(timer); timer = setTimeout(() => { const box = $("[data-free]", form); if (box?.closest("details").open) htmx.trigger(box, "free:ask"); }, 350); };
    $("details.free-box", form)?.addEventListener("toggle", ask);
    const set = (name, value) => { const input = field(name); if (!input) return; input.value = value; input.tomselect?.setValue(value, true); };
    form.addEventListener("click", (event) => {
      const spot = event.target.closest("[data-place]");
      if (!spot) return;
      ["doctor", "chair", "date", "start"].forEach((name) => set(name, spot.dataset[name]));
      $$("[data-place]", form).forEach((other) => other.setAttribute("aria-pressed", other === spot));
      hold();
    });
    ["doctor", "chair", "date", "start"].forEach((name) => field(name)?.addEventListener("change", () => { changed(name); }));
    field("patient")?.addEventListener?.("change", ask);
    function changed(name) {
      if (name !== "start" && name !== "chair") ask();
      clearTimeout(holdTimer);
      holdTimer = setTimeout(hold, 500);
    }

    /* the place is kept (SCH-39) */
    const place = () => {
      const [day, month, year] = (field("date")?.value || "").split(".");
      const time = /^\d\d:\d\d/.exec(field("start")?.value || "")?.[0];
      const minutes = +field("minutes")?.value;
      if (!year || year.length !== 4 || !time || !minutes || !field("doctor")?.value || !field("chair")?.value) return null;
      const start = new Date(`${year}-${month}-${day}T${time}`);
      if (Number.isNaN(+start)) return null;
      const { iso } = kit.wall;
      return { start: iso(start), end: iso(new Date(+start + minutes * 60000)), chair: +field("chair").value, doctor: +field("doctor").value };
    };
    let held = +field("hold")?.value || 0;
    let asking = Promise.resolve();
    const words = status?.dataset || {};
    const tell = (text, tone) => { if (status) { status.textContent = text; status.className = `hold-state small tone-${tone}`; } };
    function hold() {
      if (!url) return;
      const wanted = place();
      if (!wanted) return;
      asking = asking.then(async () => {
        try {
          const made = await kit.api(url, "POST", { ...wanted, ...(held && { replaces: held }) });
          held = made.id;
          field("hold").value = made.id;
          tell(words.kept, "green");
        } catch (refusal) {
          if (refusal.status === 409) { held = 0; field("hold").value = ""; tell(refusal.message, "amber"); }
        }
        if (!form.isConnected) release();
      });
    }
    const extend = setInterval(() => { if (!form.isConnected) { clearInterval(extend); release(); } else if (held) kit.api(`${url}${held}/?extend=1`, "POST").catch(() => { held = 0; }); }, 120000);
    function release() {
      if (!held) return;
      const id = held;
      held = 0;
      fetch(`${url}${id}/`, { method: "POST", keepalive: true, headers: { "X-CSRFToken": kit.csrf() } });
    }
    // A form that was sent and came back with errors takes its hold along in the hidden field.
    let isSending = false;
    form.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt === form) isSending = true; });
    const gone = new MutationObserver(() => { if (!form.isConnected) { gone.disconnect(); clearInterval(extend); if (!isSending) release(); } });
    gone.observe(document.body, { childList: true, subtree: true });
    addEventListener("pagehide", () => { if (!isSending) release(); });
    form.addEventListener("htmx:afterRequest", (event) => { if (event.detail.elt === form && !event.detail.successful) isSending = false; });
    hold();
  });
}
