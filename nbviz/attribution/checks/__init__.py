"""Whether importance can be relied on: faithfulness, completeness and the noise floor."""
