// A file is sent as soon as it is chosen or dropped.
kit.mount("drop", (form) => {
  const input = kit.$("input[type=file]", form);
  const zone = kit.$(".drop", form);
  const send = () => { if (input.files.length) form.requestSubmit(); };
  input.addEventListener("change", send);
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    send();
  });
});
