// Measures the page that is shown: one expression, evaluated in an isolated world, given
// {deviceWidth, contentWidth, contentHeight, maxNodes, maxTargets, milliseconds}.
// Every loop is bounded in nodes and time; nothing of the page is changed for longer than one task.
(({ deviceWidth, contentWidth, contentHeight, maxNodes, maxTargets, milliseconds }) => {
  const deadline = performance.now() + milliseconds;
  const root = document.documentElement;
  const body = document.body;
  const EDGE = 8; // px: rounding and shadows are not clipped text
  const LEGIBLE = 12; // px (Lighthouse font-size)
  const FINGER = 48; // px (Lighthouse tap-targets, up to version 11)
  const OVERLAP = 0.25;
  const NO_TEXT = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "TITLE", "OPTION", "OBJECT", "CANVAS", "IFRAME"]);
  const CAROUSEL = /(?:^|[\s_-])(?:carousel|carrousel|slider?|slick|swiper|owl|splide|glide|flickity|bx-|marquee|ticker|diaporama|slideshow)/i;

  const hidesX = (element) => element && /^(?:hidden|clip)$/.test(getComputedStyle(element).overflowX);
  const rootHidden = Boolean(hidesX(root) || hidesX(body));
  const layoutWidth = root.clientWidth || deviceWidth;
  // The contents' size includes what a hidden overflow cuts; a reader never meets that part.
  const reachableWidth = rootHidden ? layoutWidth : contentWidth;
  const scroller = document.scrollingElement || root;

  // What an element inherits from its ancestors, computed once per element.
  const known = new Map();
  const inherited = (element) => {
    if (!element || element === root) return { hidden: false };
    const cached = known.get(element);
    if (cached) return cached;
    const parent = inherited(parentOf(element));
    const style = getComputedStyle(element);
    const position = style.position;
    const hidden = parent.hidden || style.display === "none" || style.opacity === "0" || screenReaderOnly(element, style, position);
    const state = { hidden, style, position, visible: style.visibility === "visible", size: parseFloat(style.fontSize) || 0 };
    known.set(element, state);
    return state;
  };
  const parentOf = (element) => element.parentElement || (element.getRootNode() || {}).host;
  // Whether a reader can bring what lies beyond the edge into view, and where it is cut. Few elements lie there.
  const edges = new Map();
  const edge = (element) => {
    if (!element || element === root) return { revealed: false, clip: Infinity };
    const cached = edges.get(element);
    if (cached) return cached;
    let { revealed, clip } = edge(parentOf(element));
    const { hidden, style, position } = inherited(element);
    if (element !== body && !hidden) {
      const rect = element.getBoundingClientRect();
      const drawer = rect.left >= layoutWidth - EDGE && (/^(?:fixed|absolute)$/.test(position) || style.transform !== "none");
      revealed ||= drawer || style.textOverflow === "ellipsis" || /x/.test(style.scrollSnapType) ||
        (/^(?:auto|scroll)$/.test(style.overflowX) && element.scrollWidth > element.clientWidth) ||
        element.getAttribute("aria-roledescription") === "carousel" || element.tagName === "MARQUEE" ||
        CAROUSEL.test(typeof element.className === "string" ? element.className : "");
      if (/^(?:hidden|clip)$/.test(style.overflowX)) clip = Math.min(clip, rect.right);
    }
    const found = { revealed, clip };
    edges.set(element, found);
    return found;
  };
  const screenReaderOnly = (element, style, position) =>
    position === "absolute" && element.offsetWidth <= 1 && element.offsetHeight <= 1 && style.overflow !== "visible";

  const measureText = () => {
    const counts = { visible: 0, large: 0, clipped: 0 };
    if (!body) return counts;
    const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let seen = 0; seen < maxNodes && walker.nextNode(); seen += 1) {
      if (seen % 64 === 0 && performance.now() > deadline) break;
      const node = walker.currentNode;
      const text = node.data.trim();
      const parent = node.parentElement;
      if (!text || !parent || NO_TEXT.has(parent.tagName)) continue;
      const state = inherited(parent);
      if (state.hidden || !state.visible) continue;
      range.selectNodeContents(node);
      const rects = [...range.getClientRects()].filter((r) => r.width > 0 && r.height > 0);
      const total = rects.reduce((sum, r) => sum + r.width, 0);
      if (!total) continue;
      const length = [...text.replace(/\s+/g, " ")].length;
      counts.visible += length;
      if (state.size >= LEGIBLE) counts.large += length;
      const beyondEdge = rects.filter((r) => r.right > layoutWidth + EDGE);
      if (!beyondEdge.length) continue;
      const { revealed, clip } = edge(parent);
      for (const r of revealed ? [] : beyondEdge) {
        if (!(rootHidden || clip < r.right)) continue;
        const beyond = r.right - Math.max(r.left, layoutWidth);
        counts.clipped += (length * beyond) / total;
      }
    }
    return counts;
  };

  const inTextBlock = (element) => {
    for (let e = element; e && e.parentElement; e = e.parentElement) {
      if (!/^inline(?:-block)?$/.test(getComputedStyle(e).display)) return false;
      const around = e.parentElement.textContent.length - e.textContent.length;
      const siblings = e.parentElement.childNodes;
      if (around >= 5 && siblings.length < 500) {
        for (const s of siblings) if (s !== e && s.nodeType === Node.TEXT_NODE && s.data.trim()) return true;
      }
    }
    return false;
  };
  const overlap = (a, b) =>
    Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
    Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const contains = (a, b) => a.left <= b.left && a.right >= b.right && a.top <= b.top && a.bottom >= b.bottom;
  const finger = (r) => {
    const x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2;
    return { left: x - FINGER / 2, right: x + FINGER / 2, top: y - FINGER / 2, bottom: y + FINGER / 2 };
  };
  const bounds = (rects) => rects.reduce((a, b) => ({
    left: Math.min(a.left, b.left), right: Math.max(a.right, b.right),
    top: Math.min(a.top, b.top), bottom: Math.max(a.bottom, b.bottom),
  }));
  const tapTargets = () => {
    const selector = "a[href],button,input:not([type=hidden]),select,textarea,[role=button],[role=link],[role=menuitem]," +
      "[role=checkbox],[role=radio],[role=switch],[role=option],[role=tab]";
    const targets = [];
    for (const element of document.querySelectorAll(selector)) {
      if (targets.length >= maxTargets || performance.now() > deadline) break;
      const state = inherited(element);
      if (state.hidden || !state.visible) continue;
      if ([element, ...ancestors(element)].some((e) => /^(?:fixed|sticky)$/.test(inherited(e).position || ""))) continue;
      const rects = [...element.getClientRects()].filter((r) => r.width > 0 && r.height > 0);
      if (!rects.length || rects.every((r) => r.right <= 0 || r.left >= layoutWidth) || inTextBlock(element)) continue;
      const box = bounds(rects);
      const reach = bounds([box, ...rects.map(finger)]);
      targets.push({ rects, box, reach, href: element.href || "", small: rects.every((r) => r.width < FINGER || r.height < FINGER) });
    }
    const conflicts = (one) => targets.some((other) => {
      // Most targets are far away: one comparison instead of one for each pair of their rectangles.
      if (!overlap(one.reach, other.box)) return false;
      if (one === other || (one.href && one.href === other.href)) return false;
      if (one.rects.every((r) => other.rects.some((o) => contains(o, r) || contains(r, o)))) return false;
      return one.rects.some((r) => {
        const own = overlap(finger(r), r);
        return own > 0 && other.rects.some((o) => overlap(finger(r), o) / own >= OVERLAP);
      });
    });
    let count = 0;
    for (const target of targets) {
      if (performance.now() > deadline) break;
      if (target.small && conflicts(target)) count += 1;
    }
    return { targets: targets.length, conflicts: count };
  };
  const ancestors = (element) => {
    const found = [];
    for (let e = element.parentElement; e && e !== body; e = e.parentElement) found.push(e);
    return found;
  };

  const plugins = () => {
    const type = /flash|java-?(?:applet|bean|vm)|silverlight|shockwave|x-director/i;
    const file = /\.(?:swf|jar|class|xap|dcr)(?:[?#]|$)/i;
    let count = document.querySelectorAll("applet").length;
    for (const e of document.querySelectorAll("object,embed")) {
      if (e.parentElement && e.parentElement.closest("object")) continue;
      const movie = e.querySelector("param[name=movie i]");
      const source = e.getAttribute("data") || e.getAttribute("src") || (movie && movie.getAttribute("value")) || "";
      const clsid = /d27cdb6e-ae6d-11cf-96b8-444553540000/i.test(e.getAttribute("classid") || "");
      if (clsid || type.test(e.getAttribute("type") || "") || file.test(source)) count += 1;
    }
    return count;
  };

  // Overlays are hidden, the width read, and their style put back, all before the page can run.
  const widthWithoutFixed = () => {
    if (reachableWidth <= deviceWidth) return reachableWidth;
    const touched = [];
    let seen = 0;
    for (const element of (body || root).querySelectorAll("*")) {
      seen += 1;
      if (seen > maxNodes || (seen % 64 === 0 && performance.now() > deadline)) break;
      if (!/^(?:fixed|sticky)$/.test(getComputedStyle(element).position)) continue;
      if (element.getBoundingClientRect().right <= deviceWidth && element.scrollWidth <= deviceWidth) continue;
      touched.push([element, element.getAttribute("style")]);
    }
    if (!touched.length) return reachableWidth;
    const before = scroller.scrollWidth;
    for (const [element] of touched) element.style.setProperty("display", "none", "important");
    const after = scroller.scrollWidth;
    for (const [element, style] of touched) {
      if (style === null) element.removeAttribute("style");
      else element.setAttribute("style", style);
    }
    return Math.max(deviceWidth, reachableWidth - Math.max(0, before - after));
  };

  const text = measureText();
  const taps = tapTargets();
  return {
    device_width: deviceWidth,
    content_width: Math.round(reachableWidth),
    content_width_without_fixed: Math.round(widthWithoutFixed()),
    content_height: Math.round(contentHeight),
    viewport_metas: [...document.querySelectorAll("meta[name=viewport i]")].slice(0, 10).map((m) => m.content.slice(0, 500)),
    root_overflow_hidden: rootHidden,
    visible_chars: text.visible,
    large_chars: text.large,
    clipped_chars: Math.round(text.clipped),
    tap_targets: taps.targets,
    tap_conflicts: taps.conflicts,
    plugin_objects: plugins(),
    element_count: document.getElementsByTagName("*").length,
  };
})
