import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// `trompe report`: the page, looked at in a browser, and the file.
@Suite(.serialized) struct ReportCommandTests {
    private static let table = "<script>alert(1)</script>"
    private static let value = #"<b>"it's"</b> & more"#

    /// Three nodes and one that is away, with a conflict over a value that is markup, a row that waits, and
    /// names that are as odd.
    private func withReport(_ body: (String) throws -> Void) throws {
        let name = quoteIdentifier(Self.table)
        let schema = """
            create table \(name) (id int primary key, text text, kept text, long text);
            create table note (id int primary key, text text);
            create table \("\"<i>heap</i>\"") (a int);
            """
        try withTree(4, schema: schema, installing: false) { tree in
            for (node, name) in zip(tree.nodes, ["A & B", "<hub>", "C", "away"]) {
                _ = try Installation.install(node.connection, number: node.number, name: name)
            }
            var services = tree.services
            for (one, other) in [("a", "b"), ("b", "c"), ("c", "d")] {
                #expect(try Program.run("link", one, other, services: services).status == 0)
            }
            try tree[1].psql("insert into \(name) values (1, 'x', 'same', repeat('y', 5000))")
            try tree.syncUntilQuiet()
            try tree[1].psql("update \(name) set text = \(quoteLiteral(Self.value)) where id = 1")
            try tree[2].psql("update \(name) set text = 'won' where id = 1")
            try tree.sync((1, 2))
            try tree[1].psqlHere("alter table note add constraint short check (length(text) < 4)")
            try tree[2].psql("insert into note values (1, 'too long'), (2, 'fit')")
            try tree.sync((1, 2))
            try tree[1].psql("insert into note values (3, 'new'), (4, 'new')")
            services["d"] = "host=/nonexistent dbname=x"
            let run = try Program.run("report", "a", "--all", "-o", "-", services: services)
            try #require(run.status == 0 && run.errors == "", "\(run.errors)")
            try body(run.output)
        }
    }

    /// The page with a script that measures it; its own policy would not let one run.
    private func measured(_ page: String) -> String {
        let script = """
            <script>
            const q = (s) => Array.from(document.querySelectorAll(s));
            const box = (e) => e.getBoundingClientRect();
            const overlaps = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
                && a.top < b.bottom - 1 && b.top < a.bottom - 1;
            const boxes = q('.node rect').map(box);
            const texts = q('.edge text').map(box);
            const facts = {
                nodes: boxes.filter((r) => r.width > 100 && r.height > 30).length,
                edges: q('.edge path').filter((p) => p.getTotalLength() > 50).length,
                crossed: texts.filter((t) => boxes.some((b) => overlaps(t, b))).length
                    + texts.filter((t, i) => texts.some((u, j) => i < j && overlaps(t, u))).length
                    + boxes.filter((t, i) => boxes.some((u, j) => i < j && overlaps(t, u))).length,
                spilled: q('.node').filter((n) => Array.from(n.querySelectorAll('text'))
                    .some((t) => box(t).right > box(n.querySelector('rect')).right)).length,
                wide: document.documentElement.scrollWidth > window.innerWidth,
                outside: q('body *').filter((e) => !e.closest('.scroll') && !e.closest('svg')
                    && box(e).right > window.innerWidth + 1).length,
                bars: q('.chart rect').filter((r) => box(r).height >= 1).length,
                charts: q('.chart').length,
                differs: q('.conflict-item .differs').map((r) => r.innerText.replace(/\\s+/g, ' ')),
                marked: new Set(q('.conflict-item tr').map((r) =>
                    getComputedStyle(r.cells[1]).backgroundColor)).size,
                page: getComputedStyle(document.body).backgroundColor,
                bold: q('td b, h1 *, h2 *, li i').length,
            };
            document.body.setAttribute('data-facts', JSON.stringify(facts));
            </script>
            """
        return page.replacing(/<meta http-equiv[^>]*>/, with: "")
            .replacing("</body>", with: script + "</body>")
    }

    private func facts(_ dom: String) throws -> [String: Any] {
        let match = try #require(dom.firstMatch(of: /data-facts="([^"]*)"/))
        let text = String(match.1).replacing("&quot;", with: "\"").replacing("&lt;", with: "<")
            .replacing("&gt;", with: ">").replacing("&amp;", with: "&")
        let facts = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(facts as? [String: Any])
    }

    @Test func theReportIsAPageThatABrowserDraws() throws {
        try withReport { page in
            let browser = try Browser()
            defer { browser.remove() }
            // Nothing is fetched, and nothing of a user's is markup.
            #expect(!page.contains(#/(src|href)\s*=|@import|url\(|<script|<b>"|<hub>/#))
            let visit = try browser.visit(page)
            #expect(visit.console == [])
            #expect(visit.dom.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            let wide = try facts(browser.visit(measured(page)).dom)
            #expect(wide["nodes"] as? Int == 4 && wide["edges"] as? Int == 3)
            #expect(wide["charts"] as? Int == 3 && wide["bars"] as? Int ?? 0 >= 3)
            for problem in ["crossed", "spilled", "outside", "bold"] {
                #expect(wide[problem] as? Int == 0, "\(problem): \(wide)")
            }
            #expect(wide["wide"] as? Bool == false)
            // Only what differs is marked, and shown as it is.
            #expect(wide["differs"] as? [String] == [#"text won <b>"it's"</b> & more"#])
            #expect(wide["marked"] as? Int == 2)
            #expect(wide["page"] as? String == "rgb(246, 247, 249)")
            #expect(page.contains("… (5000 characters)"))
            #expect(!page.contains(String(repeating: "y", count: 400)))
            let narrow = try facts(browser.visit(measured(page), width: 500, isDark: true).dom)
            #expect(narrow["wide"] as? Bool == false && narrow["outside"] as? Int == 0, "\(narrow)")
            #expect(narrow["page"] as? String == "rgb(18, 22, 28)")
            try itSaysWhatStatusSays(page)
            let picture = try browser.screenshot(page)
            #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]) && picture.count > 20_000)
            if let file = ProcessInfo.processInfo.environment["TROMPE_SCREENSHOT"] {
                try picture.write(to: URL(fileURLWithPath: file))
            }
        }
    }

    private func itSaysWhatStatusSays(_ page: String) throws {
        for words in [
            "<h1>A &amp; B</h1>", "<dt>rows waiting</dt><dd>1</dd>", "data-node=\"4\"",
            "away, node 4: d: ", "no answer", "→ 2 rows",
            "<code>{ &quot;id&quot; : &quot;1&quot; }</code>",
            "public.&quot;&lt;i&gt;heap&lt;/i&gt;&quot;: it has no key",
            "&lt;hub&gt; won over A &amp; B", "the agent is a superuser on a",
        ] { #expect(page.contains(words), "\(words)") }
    }

    /// The file is the page, or what was there before.
    @Test func theFileIsWholeOrAsItWas() throws {
        try withTree(1, schema: "create table note (id int primary key)") { tree in
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            let files = FileManager.default
            try files.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? files.removeItem(at: folder) }
            func report(_ name: String, _ database: String = "a") throws -> Program.Run {
                try Program.run(
                    "report", database, "-o", folder.path + "/" + name, services: tree.services)
            }
            let file = folder.path + "/page.html"
            #expect(try report("page.html").status == 0)
            let first = try String(contentsOfFile: file, encoding: .utf8)
            #expect(first.hasPrefix("<!DOCTYPE html>") && first.hasSuffix("</html>\n"))
            // It takes the place of the old one, with the rights of that.
            try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            try tree[1].psql("create table heap (a int)")
            #expect(try report("page.html").status == 0)
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("public.heap"))
            let mode = try files.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let away = try report("page.html", "nothing")
            #expect(away.status == 1 && away.errors.contains("trompe: nothing: "))
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("public.heap"))
            try files.createSymbolicLink(
                atPath: folder.path + "/link", withDestinationPath: file)
            try files.createDirectory(
                atPath: folder.path + "/sub", withIntermediateDirectories: true)
            for (name, words) in [
                ("link", "is no regular file\nhint: "), ("sub", "is no regular file\nhint: "),
                ("none/page.html", "cannot be written: "),
            ] {
                let run = try report(name)
                #expect(run.status == 1 && run.errors.contains(words), "\(name): \(run.errors)")
            }
            let left = try files.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(left == ["link", "page.html", "sub"])
            #expect(try Program.run("report", "a", services: tree.services).status == 64)
        }
    }

    /// Lists, values and columns have their bounds, and what is left out is said.
    @Test func aPageIsBounded() throws {
        let columns = (1...70).map { "c\($0) int" }.joined(separator: ", ")
        let schema = """
            create table wide (id int primary key, \(columns));
            create table note (id int primary key, text text);
            """
        try withTree(2, schema: schema) { tree in
            try tree[1].psql(
                """
                insert into note select n, 'a' from generate_series(1, 210) as n;
                insert into wide (id) values (1)
                """)
            try tree.syncUntilQuiet()
            try tree[1].psql("update note set text = 'b'; update wide set c70 = 1")
            try tree[2].psql("update note set text = 'c'; update wide set c70 = 2")
            try tree.syncUntilQuiet()
            // Compressed, 20 MB are little.
            try tree[1].psql(
                """
                insert into replication.conflict
                select gen_random_uuid(), now(), 1, 'public.note', '{"id":1}', 'newest', 1, now(),
                    json_build_object('text', string_agg(md5(n::text), '')), 2, now(), null
                from generate_series(1, 100000) as n
                """)
            let page = try Program.run("report", "a", "-o", "-", services: tree.services).output
            #expect(page.utf8.count < 1_000_000)
            #expect(page.ranges(of: "<details class=\"conflict-item\"").count == 200)
            #expect(page.ranges(of: "<details class=\"conflict-item\" open").count == 10)
            #expect(page.contains("and 12 more older conflicts"))
            #expect(page.contains("and 11 more columns"))
            #expect(page.contains("<tr class=\"differs\"><th>c70</th>"))
            #expect(page.contains("too large to be shown here"))
        }
    }
}
