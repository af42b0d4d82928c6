struct RunPipeline { let configFile: String; let output: String?; let overrides: [String]; let console: Console
 func train() throws {} }
