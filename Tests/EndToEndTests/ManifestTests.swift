// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The manifests of `deploy/kubernetes`, and that what checks them finds what is wrong.
@Suite(.enabled(if: PythonTools.arePresent, PythonTools.missing))
struct ManifestTests {
    /// Something wrong in a copy of the manifests.
    struct Mistake: Sendable, CustomTestStringConvertible {
        var file: String
        var right: String
        var wrong: String
        var complaint: String

        var testDescription: String { "\(file): \(wrong)" }
    }

    private static let mistakes = [
        Mistake(
            file: "base/node.yaml", right: "podManagementPolicy:", wrong: "podManagementPolicies:",
            complaint: "podManagementPolicies"),
        Mistake(
            file: "base/node.yaml", right: "serviceName: recto-node", wrong: "serviceName: recto-nodes",
            complaint: "there is no Service recto-nodes"),
        Mistake(
            file: "base/router.yaml", right: "srv:_cluster._tcp.recto-node", wrong: "srv:_cluster._tcp.recto-nodes",
            complaint: "no headless Service"),
        Mistake(
            file: "base/settings.yaml", right: "recto-router-cluster:8090", wrong: "recto-router-cluster:8091",
            complaint: "another port than that of the Service"),
        Mistake(
            file: "base/settings.yaml", right: "RECTO_ARCHIVE: /archive", wrong: "RECTO_ARCHIVE: /documents",
            complaint: "nothing is mounted at /documents"),
        Mistake(
            file: "base/settings.yaml", right: "RECTO_LOG:", wrong: "RECTO_LOGS:",
            complaint: "docs/configuration.md does not know RECTO_LOGS"),
        Mistake(
            file: "base/portal.yaml", right: "terminationGracePeriodSeconds: 45",
            wrong: "terminationGracePeriodSeconds: 30", complaint: "its grace period is too short"),
        Mistake(
            file: "base/portal.yaml", right: "path: /readyz", wrong: "path: /ready", complaint: "readinessProbe"),
        Mistake(
            file: "base/router.yaml", right: "readOnlyRootFilesystem: true", wrong: "readOnlyRootFilesystem: false",
            complaint: "readOnlyRootFilesystem"),
        Mistake(
            file: "base/network-policies.yaml", right: "- port: cluster", wrong: "- port: clusters",
            complaint: "has no port clusters"),
        Mistake(
            file: "base/autoscaler.yaml", right: "kind: StatefulSet", wrong: "kind: Deployment",
            complaint: "there is no Deployment recto-node"),
        Mistake(
            file: "base/kustomization.yaml", right: "  - settings.yaml\n", wrong: "",
            complaint: "no kustomization names it"),
        Mistake(
            file: "overlays/example/kustomization.yaml", right: "name: recto-cluster", wrong: "name: recto-clusters",
            complaint: "there is no Secret recto-cluster"),
        Mistake(
            file: "overlays/example/ingress.yaml", right: "name: recto\n                port",
            wrong: "name: recto-router\n                port", complaint: "there is no Service recto-router"),
        Mistake(
            file: "components/disk-cache/node.yaml", right: "name: recto-node", wrong: "name: recto-nodes",
            complaint: "there is no StatefulSet recto-nodes to patch"),
        Mistake(
            file: "components/busyness/adapter-rules.yaml", right: "as: recto_busyness", wrong: "as: recto_business",
            complaint: "no rule makes the metric recto_busyness"),
    ]

    @Test("the manifests fit the schemas of Kubernetes and one another")
    func manifests() throws {
        let (status, output) = try PythonTools.execute("\(Programs.repository)/scripts/check-manifests", [])
        #expect(status == 0, "\(output)")
    }

    @Test("a mistake in a manifest is found", arguments: mistakes)
    func finds(mistake: Mistake) throws {
        let copy = NSTemporaryDirectory() + "recto-manifests-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try FileManager.default.copyItem(atPath: "\(Programs.repository)/deploy/kubernetes", toPath: copy)
        let file = "\(copy)/\(mistake.file)"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let place = try #require(text.range(of: mistake.right))
        try text.replacingCharacters(in: place, with: mistake.wrong).write(
            toFile: file, atomically: true, encoding: .utf8)
        let (status, output) = try PythonTools.execute("\(Programs.repository)/scripts/check-manifests", [copy])
        #expect(status == 1)
        #expect(output.contains(mistake.complaint), "\(output)")
        #expect(!output.contains("Traceback"), "\(output)")
    }
}
