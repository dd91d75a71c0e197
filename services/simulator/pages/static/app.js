(function () {
  var app = document.getElementById("app");
  fetch(app.dataset.fragment).then(function (answer) { return answer.text(); }).then(function (html) {
    app.innerHTML = html;
    if (window.siteTrim) { window.siteTrim(); }
  });
})();
