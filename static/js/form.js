// FORM page kind: drafts, masks, double sending, stale versions. Listeners are delegated: panels bring forms at any time.
(() => {
  const { $, $$, on, t } = kit;

  /* masks: "0" is a digit, the rest is put in for the user */
  const mask = (input) => {
    const pattern = input.dataset.mask;
    if (pattern.startsWith("+7") && /^\+(?!7)/.test(input.value.trim())) return; // a foreign number is left alone
    let digits = input.value.replace(/\D/g, "");
    if (pattern.startsWith("+7")) digits = digits.replace(/^[78]/, "");
    let out = "";
    let used = 0;
    for (const char of pattern) {
      if (used >= digits.length) break;
      out += char === "0" ? digits[used++] : char;
    }
    input.value = out;
  };
  on("input", "[data-mask]", (event, input) => { if (!event.inputType?.startsWith("delete")) mask(input); });

  /* money: spaces between thousands when the field is left, a bare number while it is typed */
  on("focusout", "[data-money]", (event, input) => {
    if (!input.value.trim()) return;
    const value = kit.read(input.value);
    input.value = kit.number(value, Number.isInteger(value) ? 0 : 2);
  });

  on("change", ".file-pick input", (_event, input) => {
    const names = [...input.files].map((file) => file.name).join(", ");
    if (names) $("[data-chosen]", input.parentElement).textContent = names;
  });

  /* what is sent is plain: 12400.50 and 2026-11-23, whatever the language of the page shows; htmx reads forms the same way */
  const DAY = /^(\d\d)\.(\d\d)\.(\d{4})( \d\d:\d\d)?$/;
  document.addEventListener("formdata", (event) => {
    for (const input of $$("[data-money], [data-date]", event.target)) {
      if (!input.name || input.disabled || !input.value.trim()) continue;
      const value = input.value.trim();
      if (input.dataset.money !== undefined) { if (/\d/.test(value)) event.formData.set(input.name, kit.plain(value)); }
      else if (DAY.test(value)) event.formData.set(input.name, value.replace(DAY, "$3-$2-$1$4"));
    }
  });

  /* drafts: what was typed survives a closed tab, a lost network, an ended session */
  const key = (form) => `draft:${document.body.dataset.user || ""}:${form.dataset.draft}`;
  const SKIP = new Set(["csrfmiddlewaretoken", "idempotency_key", "version"]);
  const isKept = (field) => field.name && !SKIP.has(field.name) && !["password", "file", "hidden", "submit", "button"].includes(field.type) && !("noDraft" in field.dataset);
  const read = (form) => {
    const values = {};
    for (const field of form.elements) {
      if (!isKept(field)) continue;
      if (field.type === "checkbox") (values[field.name] ??= []).push(...(field.checked ? [field.value] : []));
      else if (field.type === "radio") { if (field.checked) values[field.name] = field.value; }
      else if (field.multiple) values[field.name] = [...field.selectedOptions].map((option) => option.value);
      else values[field.name] = field.value;
    }
    return values;
  };
  const write = (form, values) => {
    for (const field of form.elements) {
      if (!isKept(field) || !(field.name in values)) continue;
      const value = values[field.name];
      if (field.type === "checkbox") field.checked = value.includes(field.value);
      else if (field.type === "radio") field.checked = field.value === value;
      else if (field.multiple) [...field.options].forEach((option) => { option.selected = value.includes(option.value); });
      else field.value = value;
      field.tomselect?.sync();
      if (field.dataset.grow !== undefined) kit.grow(field);
    }
  };
  const state = (form, text, code) => {
    const node = $("[data-save-state]", form);
    if (node) { node.textContent = t(text); node.dataset.state = code; }
  };
  const clean = new WeakMap(); // what the server sent, to tell a draft from a blank form
  const drop = (form) => localStorage.removeItem(key(form));
  const restore = (root) => $$("form[data-draft]", root).forEach((form) => {
    if (clean.has(form)) return;
    clean.set(form, JSON.stringify(read(form)));
    if ("answered" in form.dataset) return; // the server has just sent back what was typed
    const saved = localStorage.getItem(key(form));
    if (!saved || saved === clean.get(form)) return;
    write(form, JSON.parse(saved));
    const note = $("[data-draft-note]", form);
    if (note) note.hidden = false;
  });
  const keep = (event, form) => {
    const now = JSON.stringify(read(form));
    if (now === clean.get(form)) { drop(form); state(form, "", ""); return; }
    localStorage.setItem(key(form), now);
    state(form, "kept", "kept");
  };
  on("input", "form[data-draft]", keep);
  on("change", "form[data-draft]", keep);
  on("click", "[data-draft-drop]", (event, button) => {
    const form = button.closest("form");
    drop(form);
    write(form, JSON.parse(clean.get(form)));
    $("[data-draft-note]", form).hidden = true;
    showWanted(form);
    state(form, "", "");
  });
  document.addEventListener("htmx:load", () => restore(document));
  document.addEventListener("DOMContentLoaded", () => restore(document));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("form[data-draft]");
    if (form && event.detail.requestConfig.verb !== "get" && event.detail.successful && event.detail.xhr.status < 300) drop(form);
  });
  // A form sent without HTMX: the draft goes when a page of the shell comes instead of the same form or the sign-in page.
  const sent = sessionStorage.getItem("draft-sent");
  if (sent && document.body.dataset.user) {
    sessionStorage.removeItem("draft-sent");
    if (!$$("form[data-draft]").some((form) => key(form) === sent)) localStorage.removeItem(sent);
  }
  on("submit", "form[data-draft]:not([hx-post])", (event, form) => sessionStorage.setItem("draft-sent", key(form)));
  // Whoever signs out leaves nothing typed behind.
  on("submit", "[data-sign-out]", () => Object.keys(localStorage).filter((name) => name.startsWith("draft:")).forEach((name) => localStorage.removeItem(name)));

  /* one sending at a time */
  on("submit", "form:not([hx-post])", (event, form) => {
    if (form.method !== "post") return;
    if (form.dataset.sending) { event.preventDefault(); return; }
    form.dataset.sending = "1";
    event.submitter?.classList.add("busy");
  });
  addEventListener("pageshow", () => $$("form[data-sending]").forEach((form) => {
    delete form.dataset.sending;
    $$(".busy", form).forEach((button) => button.classList.remove("busy"));
  }));
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form") || (event.target.id === "panel" && $("#panel-body form.panel-form")); // the frame has the focus: its form is meant
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });

  /* an answer with errors: the list of them takes the focus, its links lead to the fields */
  const showErrors = () => { const box = $("[data-errors]:not([data-seen], .sg *)"); if (box) { box.dataset.seen = "1"; box.focus(); } };
  document.addEventListener("htmx:load", showErrors);
  document.addEventListener("DOMContentLoaded", showErrors);
  on("click", "[data-errors] a", (event, link) => {
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    (field.tomselect || field).focus();
  });
  // A mended field stops shouting.
  on("input", "[aria-invalid=true]", (event, field) => field.setAttribute("aria-invalid", "false"));

  /* stale version: theirs or mine, field by field */
  on("change", "[data-stale]", (event, radio) => {
    const field = radio.form.elements[radio.dataset.stale];
    if (!field) return;
    if (field.type === "checkbox") field.checked = ["True", "true", "on", "1"].includes(radio.value);
    else field.value = radio.value;
    field.tomselect?.sync();
    if (field.dataset?.grow !== undefined) kit.grow(field);
  });

  /* data-when="recipients:age birthday": a field that stands only while another has one of the values; an error is never hidden */
  const showFields = (root) => $$("[data-when]", root).forEach((field) => {
    const [name, values] = field.dataset.when.split(":");
    const box = field.closest(".f");
    const chooser = field.form?.elements[name];
    if (box && chooser) box.hidden = !values.split(" ").includes(chooser.value) && !$(".err", box);
  });
  /* data-unit="kind:percent:%": what stands after a figure while another field has the value, else the currency */
  const showUnits = (root) => $$("[data-unit]", root).forEach((field) => {
    const [name, value, unit] = field.dataset.unit.split(":");
    const box = $(".unit", field.closest(".f"));
    const chooser = field.form?.elements[name];
    if (box && chooser) box.textContent = chooser.value === value ? unit : t("currency");
  });
  const showWanted = (root) => { showFields(root); showUnits(root); };
  on("change", "form", (event, form) => showWanted(form));
  document.addEventListener("htmx:load", () => showWanted(document));
  document.addEventListener("DOMContentLoaded", () => showWanted(document));

  /* a secret is shown while its button is pressed on */
  on("click", "[data-show-secret]", (event, button) => {
    const input = button.parentElement.querySelector("input");
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
  });
})();
