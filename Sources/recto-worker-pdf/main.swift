// SPDX-License-Identifier: Apache-2.0
//
// The worker program for PDF documents.

import PDFEngine
import RenderWorker

WorkerProgram.run(PDFEngine.formats)
