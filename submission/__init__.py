"""What is handed over: transport files, the m5 package, the manifest, and the run folder that appears whole or not."""
