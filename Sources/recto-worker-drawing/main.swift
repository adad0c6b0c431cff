// SPDX-License-Identifier: Apache-2.0
//
// The worker program for SVG and text.

import DrawingEngine
import RenderWorker

WorkerProgram.run(DrawingEngine.formats)
