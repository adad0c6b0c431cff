// SPDX-License-Identifier: Apache-2.0

import CCairo
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import Testing

/// A real Chromium without a window, driven over WebDriver.
final class Browser: Sendable {
    static let driver = ["/usr/bin/chromedriver", "/usr/lib/chromium/chromedriver"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    struct Failed: Error {
        let message: String
    }

    private let process: Process
    private let session: String

    init(width: Int, height: Int) async throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: Self.driver ?? "")
        process.arguments = ["--port=0"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // It prints its port in its greeting.
        var text = ""
        var port: Int?
        while port == nil, case let data = output.fileHandleForReading.availableData, !data.isEmpty {
            text += String(decoding: data, as: UTF8.self)
            port = text.firstMatch(of: /successfully on port (\d+)/).flatMap { Int($0.1) }
        }
        guard let port else { throw Failed(message: "chromedriver does not start: \(text)") }
        output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
        let options: [String: Any] = [
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--force-device-scale-factor=1", "--force-color-profile=srgb", "--window-size=\(width),\(height)",
            ]
        ]
        let base = "http://127.0.0.1:\(port)"
        let capabilities: [String: Any] = [
            "capabilities": [
                "alwaysMatch": [
                    "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"],
                ]
            ]
        ]
        let answer = try await Self.call(.POST, base + "/session", capabilities)
        guard let id = (answer as? [String: Any])?["sessionId"] as? String else {
            throw Failed(message: "no session: \(answer)")
        }
        session = "\(base)/session/\(id)"
    }

    deinit {
        // The browser lives on without its driver.
        for child in RunningCluster.descendants(of: process.processIdentifier) { kill(child, SIGKILL) }
        kill(process.processIdentifier, SIGKILL)
    }

    /// Ends the browser; without this it would live on without its driver.
    func close() async throws { _ = try await Self.call(.DELETE, session, nil) }

    func open(_ url: String) async throws { _ = try await Self.call(.POST, session + "/url", ["url": url]) }

    /// The value of a JavaScript expression.
    func value<Value>(_ expression: String, as type: Value.Type = Value.self) async throws -> Value? {
        try await Self.call(.POST, session + "/execute/sync", ["script": "return \(expression);", "args": []]) as? Value
    }

    /// Asks until a JavaScript expression is true.
    func until(_ expression: String, seconds: Double = 20, location: SourceLocation = #_sourceLocation) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            if try await value(expression, as: Bool.self) == true { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("never true: \(expression)", sourceLocation: location)
    }

    func type(_ keys: String) async throws {
        let actions = keys.flatMap { key in
            [["type": "keyDown", "value": String(key)], ["type": "keyUp", "value": String(key)]]
        }
        _ = try await Self.call(
            .POST, session + "/actions", ["actions": [["type": "key", "id": "keyboard", "actions": actions]]])
    }

    /// Shows the page as on another medium, and to somebody who prefers light or dark colours.
    func show(on medium: String, colors: String) async throws {
        let parameters: [String: Any] = [
            "media": medium, "features": [["name": "prefers-color-scheme", "value": colors]],
        ]
        _ = try await Self.call(
            .POST, session + "/goog/cdp/execute", ["cmd": "Emulation.setEmulatedMedia", "params": parameters])
    }

    /// What scripts and the browser complained about.
    func complaints() async throws -> [String] {
        let entries = try await Self.call(.POST, session + "/se/log", ["type": "browser"]) as? [[String: Any]] ?? []
        return entries.compactMap { $0["message"] as? String }
    }

    /// The pixels of the window.
    func screenshot() async throws -> Screenshot {
        guard let text = try await Self.call(.GET, session + "/screenshot", nil) as? String,
            let data = Data(base64Encoded: text)
        else { throw Failed(message: "no screenshot") }
        return try Screenshot(data)
    }

    private static func call(_ method: HTTPMethod, _ url: String, _ body: [String: Any]?) async throws -> Any {
        let text = try body.map { String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) }
        let answer = try await RunningCluster.send(
            method, url, headers: ["Content-Type": "application/json"], body: text, timeout: .seconds(120))
        let object = try JSONSerialization.jsonObject(with: Data(answer.body), options: .fragmentsAllowed)
        guard answer.status == 200, let value = (object as? [String: Any])?["value"] else {
            throw Failed(message: answer.text)
        }
        return value
    }
}

/// A decoded picture of the window.
final class Screenshot {
    private let surface: OpaquePointer?
    let width: Int
    let height: Int

    init(_ png: Data) throws {
        let path = NSTemporaryDirectory() + "recto-shot-\(UUID().uuidString).png"
        try png.write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        surface = cairo_image_surface_create_from_png(path)
        guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS else { throw Browser.Failed(message: "not a PNG") }
        width = Int(cairo_image_surface_get_width(surface))
        height = Int(cairo_image_surface_get_height(surface))
    }

    deinit { cairo_surface_destroy(surface) }

    /// 0xRRGGBB.
    func pixel(_ x: Int, _ y: Int) -> UInt32 {
        let row = cairo_image_surface_get_data(surface) + y * Int(cairo_image_surface_get_stride(surface))
        return UnsafeRawPointer(row).assumingMemoryBound(to: UInt32.self)[x] & 0xFF_FFFF
    }
}
