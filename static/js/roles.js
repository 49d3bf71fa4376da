// The matrix of roles: one tick is one request; a refused one goes back. Choosing two roles compares them.
(() => {
  const { on, api, toast, t } = kit;
  on("change", "[data-matrix] input[data-r]", async (event, box) => {
    const table = box.closest("[data-matrix]");
    const url = table.dataset.url.replace("/0/", `/${box.dataset.r}/`);
    const body = new URLSearchParams({ code: box.closest("tr").dataset.p, on: box.checked ? "1" : "" });
    try {
      await api(url, { method: "POST", body });
      toast(t("saved"));
    } catch (error) {
      box.checked = !box.checked;
    }
  });
  on("change", "form[data-compare] select, form[data-compare] input", (event, field) => {
    const form = field.form;
    if (field.type === "checkbox" || (form.a.value && form.b.value)) form.submit();
  });
})();
