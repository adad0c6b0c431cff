// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TileCache

/// Work that ends when the test says so.
private final class Gate: Sendable {
    private struct State {
        var started = 0
        var cancelled = 0
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var observers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var started: Int { state.withLock { $0.started } }
    var cancelled: Int { state.withLock { $0.cancelled } }

    func pass() async throws -> Int {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let observers = state.withLock { state in
                    state.started += 1
                    state.waiting.append(continuation)
                    defer { state.observers = [] }
                    return state.observers
                }
                for observer in observers { observer.resume() }
                if state.withLock({ $0.isOpen }) { open() }
            }
        } onCancel: {
            state.withLock { $0.cancelled += 1 }
            open()
        }
        try Task.checkCancellation()
        return 42
    }

    func untilStarted() async {
        await withCheckedContinuation { continuation in
            let hasStarted = state.withLock { state in
                if state.started == 0 { state.observers.append(continuation) }
                return state.started > 0
            }
            if hasStarted { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

struct SingleFlightTests {
    struct Broken: Error {}

    @Test("ten who want the same at the same time cause one piece of work")
    func once() async throws {
        let (flight, gate) = (SingleFlight<String, Int>(), Gate())
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await flight.value(for: "a") { try await gate.pass() } } }
            await gate.untilStarted()
            gate.open()
            for try await value in group { #expect(value == 42) }
        }
        #expect(gate.started >= 1)
    }

    @Test("an error goes to all who wait and is not kept")
    func errors() async throws {
        let flight = SingleFlight<String, Int>()
        await #expect(throws: Broken.self) { try await flight.value(for: "a") { throw Broken() } }
        #expect(try await flight.value(for: "a") { 7 } == 7)
    }

    @Test("the work is cancelled when the last who waits has gone")
    func cancelled() async throws {
        let (flight, gate) = (SingleFlight<String, Int>(), Gate())
        let waiting = Task { try await flight.value(for: "a") { try await gate.pass() } }
        await gate.untilStarted()
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        // Who comes after that starts it anew.
        #expect(try await flight.value(for: "a") { 8 } == 8)
    }

    @Test("one who goes does not end the work of another who stays")
    func oneStays() async throws {
        let (flight, gate) = (SingleFlight<String, Int>(), Gate())
        let first = Task { try await flight.value(for: "a") { try await gate.pass() } }
        await gate.untilStarted()
        let second = Task { try await flight.value(for: "a") { try await gate.pass() } }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        gate.open()
        #expect(try await second.value == 42)
    }
}
