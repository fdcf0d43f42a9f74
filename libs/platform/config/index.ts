export { readConfig, type ConfigProblem, ConfigError } from './read-config.ts';
export { sharedConfig, type SharedConfig, nodeId } from './shared-config.ts';
export { describeConfig, type ConfigField } from './describe-config.ts';
