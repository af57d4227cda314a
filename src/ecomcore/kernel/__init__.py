"""Words everybody shares: values with laws, messages, lifecycles, errors, the unit of work. Imports no sibling."""
