/// The page's looks. Colours of series are those of Okabe and Ito, which the colour-blind tell apart,
/// darkened for paper and lightened for the dark; marks differ in shape, too.
enum StyleSheet {
  static let text = """
    :root { color-scheme: light dark;
      --page: #f7f7f5; --surface: #ffffff; --ink: #1c2127; --muted: #5a636e; --rule: #e3e5e8;
      --cell: #eef0f2; --accent: #0b5cad; --warm: #fff6e0; --warm-rule: #e0b341; --on: #ffffff;
      --s0: #0b67b2; --s1: #c05a00; --s2: #00805c; --s3: #a8437c; --s4: #2f94c9; --s5: #a97800;
      --s6: #4c4f9e; --s7: #5d6670; }
    @media screen and (prefers-color-scheme: dark) { :root {
      --page: #101317; --surface: #181c22; --ink: #e7eaee; --muted: #a0a9b4; --rule: #2b323b;
      --cell: #222831; --accent: #79b8f3; --warm: #2b2513; --warm-rule: #8a6d1f; --on: #0c1015;
      --s0: #5fb0ee; --s1: #f0883e; --s2: #3ec195; --s3: #e58bbd; --s4: #9ad7f5; --s5: #e3b341;
      --s6: #a9abf2; --s7: #9aa4b0; } }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
    main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 80px; }
    h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.015em; }
    h2 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 12px; letter-spacing: -0.01em; }
    h3 { font-size: 1rem; margin: 24px 0 8px; }
    p { max-width: 74ch; margin: 0 0 14px; }
    section { margin-top: 52px; }
    section > p, .meta, .note { color: var(--muted); font-size: 0.92rem; }
    .meta { overflow-wrap: anywhere; margin-bottom: 18px; }
    .lead { font-size: 1.22rem; line-height: 1.5; max-width: 62ch; margin: 18px 0 22px; }
    .lead b { font-weight: 650; }
    .said { list-style: none; margin: 0 0 20px; padding: 10px 16px; background: var(--warm);
      border-left: 3px solid var(--warm-rule); border-radius: 4px; font-size: 0.92rem; }
    nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 24px 0 0; padding: 12px 0;
      border-block: 1px solid var(--rule); font-size: 0.9rem; }
    a { color: var(--accent); text-decoration: none; }
    a:hover { text-decoration: underline; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; }
    .tile { background: var(--surface); border: 1px solid var(--rule); border-radius: 8px;
      padding: 14px 16px; }
    .tile span { display: block; color: var(--muted); font-size: 0.82rem; }
    .tile b { display: block; font-size: 1.65rem; line-height: 1.25; font-weight: 620;
      letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
    .grid { display: grid; gap: 20px; margin: 18px 0; align-items: start;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); }
    figure { margin: 0; padding: 16px 18px 14px; background: var(--surface);
      border: 1px solid var(--rule); border-radius: 8px; break-inside: avoid; min-width: 0; }
    figcaption { font-weight: 600; font-size: 0.98rem; margin-bottom: 10px; }
    .note { margin: 8px 0 0; font-size: 0.85rem; }
    figure > svg { display: block; width: 100%; height: auto; margin: 0 auto; }
    svg text { font-size: 12.5px; fill: var(--ink); font-family: inherit; }
    svg .tick, svg .axis { fill: var(--muted); }
    svg .tick, svg .value, svg .count { font-variant-numeric: tabular-nums; }
    svg .value { font-weight: 600; }
    svg .count { font-size: 14px; }
    svg .on { fill: var(--on); font-weight: 600; }
    svg .place { font-size: 15px; font-weight: 700; paint-order: stroke; stroke: var(--surface);
      stroke-width: 4px; stroke-linejoin: round; }
    svg .rule, svg .faint { stroke: var(--rule); stroke-width: 1; }
    svg .tickmark { stroke: var(--muted); stroke-width: 1; }
    svg .whisker { stroke-width: 2; stroke-opacity: 0.5; stroke-linecap: round; }
    svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 16px; padding: 0;
      margin: 0 0 8px; font-size: 0.85rem; color: var(--muted); }
    .legend li { display: flex; align-items: center; gap: 5px; }
    .legend svg { width: 16px; height: 14px; }
    .scroll { overflow-x: auto; background: var(--surface); border: 1px solid var(--rule);
      border-radius: 8px; margin: 14px 0; }
    table { border-collapse: collapse; width: 100%; font-size: 0.9rem; line-height: 1.4; }
    th, td { text-align: left; padding: 8px 14px; vertical-align: top; }
    th { font-weight: 600; color: var(--muted); font-size: 0.82rem; vertical-align: bottom;
      border-bottom: 1px solid var(--rule); }
    tbody tr + tr td { border-top: 1px solid var(--rule); }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    td:first-child { white-space: nowrap; }
    td.text { min-width: 17em; }
    th.number { white-space: normal; min-width: 6.5em; }
    .summary td:first-child { font-weight: 550; }
    .summary td { white-space: nowrap; }
    .summary small { display: block; color: var(--muted); font-size: 0.8rem; }
    .summary tr.main td { background: color-mix(in srgb, var(--accent) 9%, transparent); }
    details { margin: 2px 0; }
    summary { cursor: pointer; color: var(--accent); font-size: 0.92rem; padding: 4px 0; }
    pre { overflow-x: auto; background: var(--surface); border: 1px solid var(--rule);
      border-radius: 8px; padding: 14px 16px; font-size: 0.8rem; line-height: 1.45; }
    @media (max-width: 560px) {
      main { padding: 24px 14px 56px; } h1 { font-size: 1.6rem; } section { margin-top: 40px; }
      .lead { font-size: 1.08rem; } .tile b { font-size: 1.35rem; } figure { padding: 12px; }
      .tiles { grid-template-columns: 1fr 1fr; } th, td { padding: 7px 10px; }
      svg text { font-size: 14px; } }
    @media print {
      body { background: none; font-size: 10.5pt; } main { max-width: none; padding: 0; }
      nav { display: none; } section { margin-top: 26px; } h2 { break-after: avoid; }
      .grid { grid-template-columns: 1fr 1fr; } .scroll { overflow: visible; }
      tr, .tile { break-inside: avoid; } pre { white-space: pre-wrap; }
      details::details-content { content-visibility: visible; } summary { color: var(--ink); }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
    """
}
