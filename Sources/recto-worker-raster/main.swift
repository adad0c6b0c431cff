// SPDX-License-Identifier: Apache-2.0
//
// The worker program for pictures made of pixels.

import RasterEngine
import RenderWorker

WorkerProgram.run(RasterEngine.formats)
