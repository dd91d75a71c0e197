window.visites = (window.visites || 0) + 1;
