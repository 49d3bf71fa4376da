/* Ticking payments counts the certificate's sums anew; another year or payer is shown at once. */
kit.mount("tax-certificate", form => {
  const out = name => form.querySelector(`[data-out="${name}"]`);
  form.addEventListener("change", event => {
    if (!event.target.matches("[name=payments]")) return;
    // Sums are whole kopecks while they are added.
    const sum = code => [...form.querySelectorAll("[name=payments]:checked")]
      .reduce((all, box) => all + Math.round(Number(box.dataset[code]) * 100), 0);
    const [one, two] = [sum("code1"), sum("code2")];
    const shown = kopecks => kit.number(kopecks / 100, kopecks % 100 ? 2 : 0);
    out("code1").textContent = shown(one);
    out("code2").textContent = shown(two);
    out("total").textContent = kit.money((one + two) / 100);
  });
});
document.querySelector("[data-choose]")?.addEventListener("change", event => event.currentTarget.requestSubmit());
