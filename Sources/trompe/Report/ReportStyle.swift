/// How a page looks, in light and in dark.
enum ReportStyle {
    static let css: HTML = """
        :root {
          --page: #f6f7f9; --card: #fff; --ink: #1d2430; --soft: #5c6675; --line: #d5dae2;
          --accent: #1f6feb; --good: #1a7f4b; --bad: #b42318; --bad-soft: #fdecea;
          --insert: #2f9e6e; --update: #4c8dd9; --delete: #d06a5c; --conflict: #c98a1b;
          --win: #e5f4ec; --lose: #fbeae8;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #12161c; --card: #1b212a; --ink: #e6eaf0; --soft: #97a3b4; --line: #333c49;
            --accent: #6cb0ff; --good: #58c08d; --bad: #ff8a7d; --bad-soft: #3a2220;
            --insert: #3fae7e; --update: #5b97dd; --delete: #d9786b; --conflict: #d9a23d;
            --win: #1d3a2c; --lose: #42272a;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; padding-bottom: 8px; background: var(--page); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
        header, main { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
        header { padding-top: 28px; }
        h1 { font-size: 28px; margin: 0; overflow-wrap: anywhere; }
        header p { margin: 2px 0 18px; color: var(--soft); overflow-wrap: anywhere; }
        h2 { font-size: 17px; margin: 0 0 12px; overflow-wrap: anywhere; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: 18px 20px; margin: 0 0 18px; }
        .tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 0 0 18px; }
        .tile { flex: 1 1 150px; background: var(--card); border: 1px solid var(--line);
          border-radius: 10px; padding: 12px 16px; }
        .tile dt { color: var(--soft); font-size: 13px; }
        .tile dd { margin: 0; font-size: 19px; font-weight: 600; font-variant-numeric: tabular-nums; }
        .tile.bad { background: var(--bad-soft); border-color: var(--bad); }
        .tile.bad dd { color: var(--bad); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        th, td { text-align: left; vertical-align: top; padding: 5px 10px 5px 0;
          border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
        th { color: var(--soft); font-weight: 500; font-size: 13px; }
        tbody tr:last-child > * { border-bottom: 0; }
        code, .value { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono",
          "DejaVu Sans Mono", monospace; font-size: 13px; }
        ul { margin: 0; padding-left: 20px; overflow-wrap: anywhere; }
        .warnings li::marker { color: var(--bad); }
        .more, .note { color: var(--soft); margin: 8px 0 0; overflow-wrap: anywhere; }
        .none { color: var(--soft); margin: 0; }
        svg { display: block;
          font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
        svg text { fill: var(--ink); }
        svg .soft { fill: var(--soft); font-size: 12px; }
        svg .soft.bad { fill: var(--bad); }
        svg .strong { font-weight: 600; font-size: 14px; }
        .node rect { fill: var(--card); stroke: var(--accent); stroke-width: 1.5; }
        .node.unasked rect { stroke: var(--soft); stroke-dasharray: 5 4; }
        .node.away rect { stroke: var(--bad); stroke-dasharray: 5 4; fill: var(--bad-soft); }
        .edge path { fill: none; stroke: var(--soft); stroke-width: 1.5; }
        .edge.level path { stroke: var(--good); }
        .axis { stroke: var(--line); stroke-width: 1; }
        .insert { fill: var(--insert); } .update { fill: var(--update); }
        .delete { fill: var(--delete); } .conflict { fill: var(--conflict); }
        .seconds { fill: var(--soft); }
        figure { margin: 0 0 14px; } figure svg { width: 100%; height: auto; }
        figcaption { font-size: 13px; color: var(--soft); }
        figcaption b { color: var(--ink); font-weight: 600; }
        .key { display: inline-block; width: 10px; height: 10px; border-radius: 2px;
          margin: 0 4px 0 12px; }
        .key.insert { background: var(--insert); } .key.update { background: var(--update); }
        .key.delete { background: var(--delete); }
        details { border-top: 1px solid var(--line); padding: 10px 0; }
        details:first-of-type { border-top: 0; padding-top: 0; }
        summary { cursor: pointer; overflow-wrap: anywhere; }
        summary code { font-weight: 600; }
        summary span { color: var(--soft); }
        .versions { table-layout: fixed; margin-top: 8px; }
        .versions th:first-child { width: 20%; }
        .versions tbody th { font-size: 14px; }
        .versions td { padding-left: 8px; white-space: pre-wrap; }
        .versions thead th { padding-left: 8px; } .versions th:first-child { padding-left: 0; }
        .versions .differs th { color: var(--ink); font-weight: 600; }
        .versions .differs td.winner { background: var(--win); }
        .versions .differs td.loser { background: var(--lose); }
        .null { color: var(--soft); font-style: italic; }
        """
}
