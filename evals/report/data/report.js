// Shows the errors of one kind and field, and the articles that have any.
const kind = document.getElementById("kind"), field = document.getElementById("field");
function filter() {
  const all = !kind.value && !field.value;
  for (const article of document.querySelectorAll("details.article")) {
    let some = false;
    for (const error of article.querySelectorAll(".error")) {
      error.hidden = (kind.value && error.dataset.kind !== kind.value) || (field.value && error.dataset.field !== field.value);
      some = some || !error.hidden;
    }
    article.hidden = !all && !some;
  }
}
if (kind && field) { kind.addEventListener("change", filter); field.addEventListener("change", filter); filter(); }
