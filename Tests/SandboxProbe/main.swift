// SPDX-License-Identifier: Apache-2.0

// sandbox-probe: enters the workers' sandbox and tries to get out. Prints what holds, then a line per attempt:
// its name, and "done" or the error.
//
// usage: sandbox-probe LAYER NAMES PARENT TCP-PORT UNIX-SOCKET ABSTRACT-SOCKET FONT FONT-FOLDER FOLDER
//   LAYER: all; landlock; none (the control that shows that the attempts work).
//   NAMES: attempts, separated by commas.
// or: sandbox-probe without-landlock PROGRAM ARGUMENTS: runs a program as on a kernel without Landlock.

import CSandbox
import CSandboxProbe
import Glibc
import Sandbox

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "without-landlock", arguments.count > 1, recto_probe_hide_landlock() == 0 {
    var program = arguments.dropFirst().map { strdup($0) } + [nil]
    execv(arguments[1], &program)
    exit(1)
}
guard arguments.count == 9, let parent = pid_t(arguments[2]), let port = CInt(arguments[3]) else { exit(2) }
let (layer, names, fontFolder) = (arguments[0], Set(arguments[1].split(separator: ",")), arguments[7])

_ = recto_sandbox_prepare()
let sandbox = layer == "all" ? Sandbox.enterNamespaces() : nil
var targets = recto_probe_targets()
targets.parent = parent
targets.tcp_port = port
targets.unix_path = UnsafePointer(strdup(arguments[4]))
targets.abstract = UnsafePointer(strdup(arguments[5]))
targets.font = UnsafePointer(strdup(arguments[6]))
targets.font_folder = UnsafePointer(strdup(fontFolder))
targets.folder = UnsafePointer(strdup(arguments[8]))
recto_probe_prepare(&targets)

if let sandbox {
    print("holds: \(try sandbox.close(readable: [fontFolder, "/nowhere"], required: true))")
} else if layer == "landlock" {
    let result = fontFolder.withCString { folder in recto_sandbox_landlock([folder], 1) }
    print("holds: \(result == 0 ? "landlock \(recto_sandbox_landlock_abi())" : "nothing: \(-result)")")
}
for index in 0..<recto_probe_count() {
    let name = String(cString: recto_probe_name(index))
    guard names.contains(name[...]) else { continue }
    // What was printed must not be lost, nor printed twice by a child.
    fflush(nil)
    let error = recto_probe_run(index)
    print("\(name): \(error == 0 ? "done" : String(cString: recto_probe_error(error)))")
}
