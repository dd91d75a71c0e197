document.cookie = "_ga=GA1.1.424242.424242; path=/; max-age=63072000";
