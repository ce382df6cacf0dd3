/** MiB of a machine's memory, on whatever kind of node. */
export const machineMebibytes = 1_024;
