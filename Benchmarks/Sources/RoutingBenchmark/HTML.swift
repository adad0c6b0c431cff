// SPDX-License-Identifier: Apache-2.0

/// Text for a page.
enum HTML {
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }

    /// A table that scrolls by itself where it is wider than the page.
    static func table(head: [String], rows: [String], isText: Bool = false) -> String {
        let cells = head.map { "<th scope=\"col\">\($0)</th>" }.joined()
        return """
            <div class="wide" tabindex="0"><table\(isText ? " class=\"text\"" : "")><thead><tr>\(cells)</tr></thead>\
            <tbody>\(rows.joined())</tbody></table></div>
            """
    }

    /// Nothing where there are no items.
    static func list(_ items: [String]) -> String {
        items.isEmpty ? "" : "<ul>\(items.map { "<li>\(escaped($0))</li>" }.joined())</ul>"
    }

    static func row(_ head: String, _ cells: [String]) -> String {
        "<tr><th scope=\"row\">\(head)</th>\(cells.map { "<td>\($0)</td>" }.joined())</tr>"
    }
}
