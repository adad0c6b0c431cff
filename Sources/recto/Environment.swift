// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Synchronization

/// Options from environment variables: they stand in for the built-in defaults.
enum Environment {
    private static let problems = Mutex<[String]>([])

    /// What is wrong with a variable, for the user.
    static var problem: String? { problems.withLock { $0.first } }

    /// The value of `RECTO_NAME` for the option `--name`, or `default`.
    static func value<Value: ExpressibleByArgument>(_ option: String, _ default: Value) -> Value {
        optional(option) ?? `default`
    }

    static func optional<Value: ExpressibleByArgument>(_ option: String) -> Value? {
        let name = variable(option)
        guard let text = text(name) else { return nil }
        guard let value = Value(argument: text) else {
            problems.withLock { $0.append("The value “\(text)” of \(name) is not one that --\(option) takes.") }
            return nil
        }
        return value
    }

    /// Several values are separated by commas.
    static func list(_ option: String) -> [String] {
        text(variable(option))?.split(separator: ",").map(String.init) ?? []
    }

    static func flag(_ option: String) -> Bool {
        guard let text = text(variable(option)) else { return false }
        return !["", "0", "false", "no"].contains(text.lowercased())
    }

    private static func variable(_ option: String) -> String {
        "RECTO_" + option.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    private static func text(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// A folder that a variable of the system names, where it is an absolute path.
    static func folder(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    static var user: UInt32 { geteuid() }
}
