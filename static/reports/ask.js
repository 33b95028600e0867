// Shows the days only where no named period is chosen; without script they are always there.
(() => {
  "use strict";
  const form = document.querySelector("[data-report-form]");
  const preset = form?.querySelector("[name=timeframe]");
  if (!preset) return;
  const dates = [...form.querySelectorAll("[data-dates]")];
  const show = () => {
    for (const field of dates) {
      field.hidden = preset.value !== "";
      if (field.hidden) field.querySelector("input").value = "";
    }
  };
  if (dates.some((field) => field.querySelector("input").value)) preset.value = "";
  preset.addEventListener("change", show);
  show();
})();
