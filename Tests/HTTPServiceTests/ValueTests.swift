// SPDX-License-Identifier: Apache-2.0

import HTTPService
import NIOHTTP1
import Testing

struct ValueTests {
    @Test("JSON escapes what must be escaped and keeps the order of members")
    func json() {
        let value = JSON.object([
            ("b", .string("a\"b\\c\n\u{1}é\u{7F}")),
            ("a", .array([.int(1), .double(1.5), .double(2), .null, .bool(true)])),
            ("n", .double(.nan)),
        ])
        #expect(value.text == #"{"b":"a\"b\\c\n\u0001é\u007f","a":[1,1.5,2,null,true],"n":null}"#)
        #expect(JSON.compact([("a", .null), ("b", .int(1))]).text == #"{"b":1}"#)
    }

    @Test("a target is split into path and query, also in absolute form")
    func target() {
        let request = HTTPRequest(method: .GET, target: "http://h:1/a%2Fb/c?x=1&y=a%20b+c&z", headers: [:])
        #expect(request.path == "/a%2Fb/c")
        #expect(request.segments == ["a%2Fb", "c"])
        #expect(request.query("x") == "1")
        #expect(request.query("y") == "a b c")
        #expect(request.query("z") == "")
        #expect(request.query("w") == nil)
        #expect(HTTPRequest(method: .GET, target: "/", headers: [:]).segments == [""])
        #expect(HTTPRequest(method: .GET, target: "/a/", headers: [:]).segments == ["a", ""])
        #expect(HTTPRequest(method: .GET, target: "/?q=http://x/", headers: [:]).path == "/")
        #expect(HTTPRequest(method: .GET, target: "/?a=%4", headers: [:]).query("a") == "%4")
    }

    @Test("parameters of the last segment do not belong to the path")
    func pathParameters() {
        for (target, path, parameters) in [
            ("/a/b.png;s=1;t=2?q=;x", "/a/b.png", "s=1;t=2"), ("/a;s=1/b", "/a;s=1/b", ""), ("/;s", "/", "s"),
            ("/a%3Bb", "/a%3Bb", ""), ("http://h/a;s?q", "/a", "s"), ("*", "*", ""), (";s", "", "s"),
        ] {
            #expect(RequestTarget(target).path == path)
            #expect(RequestTarget(target).pathParameters == parameters)
        }
        #expect(RequestTarget("/a;s=1?q=2").query("q") == "2")
    }

    @Test("an entity tag matches itself, its weak form and a star")
    func entityTags() {
        func matches(_ value: String) -> Bool {
            HTTPRequest(method: .GET, target: "/", headers: ["If-None-Match": value]).hasCurrent(entityTag: "\"a\"")
        }
        #expect(matches("\"a\"") && matches("W/\"a\"") && matches("*") && matches("\"b\", \"a\""))
        #expect(!matches("\"b\"") && !matches("a"))
    }

    @Test("a request id from outside is taken only where it is harmless")
    func requestIDs() {
        #expect(RequestID.valid("abc-1_2.3") == "abc-1_2.3")
        for text in ["", "a b", "a\nb", "é", String(repeating: "a", count: 65)] {
            #expect(RequestID.valid(text) == nil)
        }
        #expect(RequestID.random().count == 16)
    }

    @Test("a problem document has a stable type and its members")
    func problem() {
        let problem = Problem("x", .notFound, "T", detail: "D", retryAfter: 3, members: [("pages", .int(4))])
        #expect(
            problem.json.text
                == #"{"type":"urn:recto:problem:x","title":"T","status":404,"detail":"D","pages":4}"#)
        #expect(problem.answer.headers.first(name: "Retry-After") == "3")
    }
}
