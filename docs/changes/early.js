// Hides the notice for browsers that cannot run the page, before it is drawn. From a
// file this runs, and page.js does not.

if (location.protocol.startsWith("http")) document.documentElement.classList.add("scripted");
