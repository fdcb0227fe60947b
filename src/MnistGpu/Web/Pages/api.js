// The example names the server as this page was reached.
document.getElementById('origin').textContent = location.origin;
