// Payment: split tender, keypad, surplus. Counting a drawer: notes times face value. Preview only, the server counts.
kit.mount("pay", (root) => {
  const form = kit.$("form", root);
  const inputs = kit.$$(".tender input", root);
  if (!form || !inputs.length) return;
  const due = Number(root.dataset.due);
  const choice = kit.$("[data-surplus-choice]", root);
  const sum = (list) => list.reduce((total, input) => total + kit.read(input.value), 0);
  const cents = (value) => Math.round(value * 100) / 100;
  const plain = (value) => kit.number(value, Number.isInteger(value) ? 0 : 2);
  let current = inputs[0];
  /** Where a surplus goes by the clinic's setting: earlier debts, oldest first, then the deposit. */
  const divide = (surplus) => {
    let rest = surplus;
    kit.$$("[data-owed]", root).forEach((node) => {
      const part = Math.min(rest, Number(node.dataset.owed));
      node.textContent = plain(cents(part));
      rest = cents(rest - part);
    });
    kit.out(root, "to-deposit", plain(rest));
  };
  const show = () => {
    const entered = cents(sum(inputs));
    const surplus = Math.max(0, cents(entered - due));
    const change = kit.$("input[name=surplus][value=change]", root)?.checked ? Math.min(surplus, kit.read(form.cash.value)) : 0;
    kit.out(root, "paid", plain(entered));
    kit.out(root, "change", plain(surplus));
    kit.out(root, "take", kit.money(entered ? cents(entered - change) : due));
    choice.hidden = !surplus;
    divide(cents(surplus - change));
  };
  const write = (value) => { current.value = value; current.dispatchEvent(new Event("input", { bubbles: true })); };
  inputs.forEach((input) => input.addEventListener("focus", () => {
    current = input;
    inputs.forEach((other) => other.closest(".tender").classList.toggle("on", other === input));
  }));
  form.addEventListener("input", show);
  const press = {
    back: () => current.value.slice(0, -1),
    rest: () => {
      const left = Math.max(0, due - sum(inputs.filter((input) => input !== current)));
      return plain(cents(Math.min(left, Number(current.dataset.most || left))));
    },
    ",": () => current.value + (/[,.]/.test(current.value) ? "" : ","),
  };
  root.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    if (press[key]) write(press[key]());
    else if (key.startsWith("+")) write(plain(cents(kit.read(current.value) + Number(key))));
    else write(current.value + key);
  });
  // The usual payment is one method for the whole: pressing its name fills in what is left.
  root.addEventListener("click", (event) => {
    const tender = event.target.closest(".tender");
    if (!tender || event.target.matches("input")) return;
    current = kit.$("input", tender);
    if (!current.value) write(press.rest());
  });
  show();
});

// Another desk has changed this very invoice: its newest state is asked for. What this page did itself it knows.
kit.mount("invoice", (root) => {
  let quiet = 0;
  document.body.addEventListener("invoice:changed", () => { quiet = Date.now() + 3000; });
  document.body.addEventListener("live:invoice", (event) => {
    const { id, version } = event.detail;
    const known = Number(kit.$("[data-now]", root)?.dataset.now);
    if (!root.isConnected || String(id) !== root.dataset.invoice || version <= known || Date.now() < quiet) return;
    kit.toast(kit.t("changed"));
    htmx.trigger(root, "invoice:changed");
  });
});

kit.mount("count", (root) => {
  const counted = kit.$("input[name=counted]", root);
  const faces = kit.$$("[data-face]", root);
  const show = (event) => {
    if (event.target.dataset.face) {
      let sum = 0;
      faces.forEach((input) => {
        const part = kit.read(input.value) * Number(input.dataset.face);
        kit.$("output", input.parentElement).textContent = part ? kit.number(part) : "";
        sum += part;
      });
      counted.value = kit.number(sum, Number.isInteger(sum) ? 0 : 2);
    }
    kit.out(root, "counted", kit.money(kit.read(counted.value)));
  };
  root.addEventListener("input", show);
});

// A new invoice: lines are added and taken away, the sum is shown as it will be.
kit.mount("invoice-lines", (root) => {
  const total = kit.$("input[name=lines-TOTAL_FORMS]", root);
  const blank = kit.$("template[data-blank]", root);
  const list = kit.$("[data-lines]", root);
  const plan = kit.$("[name=plan]", root);
  const cents = (value) => Math.round(value * 100) / 100;
  const field = (row, name) => kit.$(`[name$="-${name}"]`, row);
  const priceOf = (row) => {
    const typed = field(row, "price")?.value;
    const select = field(row, "service");
    const option = select.tomselect?.options[select.value] || select.selectedOptions[0]?.dataset;
    const listed = Number(option?.price || 0);
    const hint = kit.$("[data-list-price]", row);
    if (hint) hint.textContent = listed ? kit.money(listed) : "";
    return typed ? kit.read(typed) : listed;
  };
  const sumOf = (row) => {
    if (!field(row, "service").value) return 0;
    const gross = cents(priceOf(row) * (Number(field(row, "quantity").value) || 1));
    const typed = kit.read(field(row, "discount")?.value || "");
    const off = field(row, "discount_kind")?.value === "percent" ? cents((gross * typed) / 100) : typed;
    return Math.max(0, cents(gross - off));
  };
  const show = () => {
    let sum = 0;
    kit.$$("[data-line]", list).forEach((row) => {
      const part = sumOf(row);
      kit.out(row, "line", part ? kit.money(part) : "");
      sum += part;
    });
    const chosen = kit.$$("[data-plan-line]:checked", root);
    chosen.forEach((tick) => { sum += Number(tick.dataset.planLine); });
    const off = kit.read(kit.$("[name=discount]", root)?.value || "");
    kit.$("[data-reason]", root)?.toggleAttribute("hidden", !off);
    kit.out(root, "sum", kit.money(cents(sum)));
    kit.out(root, "total", kit.money(Math.max(0, cents(sum - off))));
  };
  const add = () => {
    const made = kit.el("div");
    made.innerHTML = blank.innerHTML.replaceAll("__prefix__", total.value);
    const row = made.firstElementChild;
    list.append(row);
    total.value = Number(total.value) + 1;
    kit.enhance(row);
    return row;
  };
  // Lines of one plan at a time: ticking another plan's unticks the first's.
  root.addEventListener("change", (event) => {
    const tick = event.target.closest("[data-plan-line]");
    const all = event.target.closest("[data-plan-all]");
    const box = (tick || all)?.closest("[data-plan]");
    if (all) kit.$$("[data-plan-line]", box).forEach((one) => { one.checked = all.checked; });
    if (box) {
      kit.$$("[data-plan]", root).filter((other) => other !== box).forEach((other) => {
        kit.$$("input[type=checkbox]", other).forEach((one) => { one.checked = false; });
      });
      const any = kit.$$("[data-plan-line]:checked", box).length;
      plan.value = any ? box.dataset.plan : "";
      const head = kit.$("[data-plan-all]", box);
      if (head) head.checked = any === kit.$$("[data-plan-line]", box).length;
    }
    show();
  });
  root.addEventListener("input", show);
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-line]")) {
      const row = add();
      kit.need("select").then(() => field(row, "service").tomselect?.focus());
    }
    const drop = event.target.closest("[data-drop-line]");
    if (drop) { drop.closest("[data-line]").remove(); renumber(); show(); }
  });
  /** Names count from zero without a hole: the server reads as many as the form says there are. */
  const renumber = () => {
    const rows = kit.$$("[data-line]", list);
    rows.forEach((row, index) => kit.$$("[name^=lines-]", row).forEach((input) => {
      input.name = input.name.replace(/^lines-\d+-/, `lines-${index}-`);
    }));
    total.value = rows.length;
  };
  show();
});
