(function () {
  function ready() {
    document.addEventListener("click", function (event) {
      var closer = event.target.closest("[data-ferme]");
      if (closer) { document.getElementById(closer.dataset.ferme).remove(); }
      var burger = event.target.closest(".burger");
      if (burger) {
        burger.parentElement.classList.toggle("ouvert");
        burger.setAttribute("aria-expanded", String(burger.parentElement.classList.contains("ouvert")));
      }
    });
    trim();
  }
  // Some sites give telephones less to read.
  function trim() {
    if (document.documentElement.dataset.mobile === "reduit" && screen.width < 600) {
      document.querySelectorAll(".secondaire").forEach(function (section) { section.remove(); });
    }
  }
  window.siteTrim = trim;
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", ready); } else { ready(); }
})();
