// Runs rules of axe-core, which has been defined before, and tells what each found: an expression that a promise ends.
((rules, most) =>
  axe
    .run(document, {
      runOnly: { type: "rule", values: rules },
      resultTypes: ["violations", "incomplete"],
      iframes: false,
      preload: false,
      elementRef: false,
    })
    .then((found) => {
      const told = (outcome) => (rule) => ({
        id: rule.id,
        outcome,
        impact: rule.impact || null,
        nodes: rule.nodes.length,
        targets: outcome === "violation" ? rule.nodes.slice(0, most).map((node) => String(node.target).slice(0, 200)) : [],
      });
      return {
        version: found.testEngine.version,
        rules: [
          ...found.passes.map(told("pass")),
          ...found.incomplete.map(told("incomplete")),
          ...found.violations.map(told("violation")),
        ],
      };
    }))
