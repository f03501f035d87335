// The settings that every start passes on the command line, where they win over anything a database remembers.
// fsync, full_page_writes and synchronous_commit stay on: data must survive. Nothing here may make Postgres
// write statements or their parameters to its log: they carry secrets.
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  password_encryption: "scram-sha-256",
  max_connections: "60",

  shared_buffers: "24MB",
  huge_pages: "off",
  jit: "off",
  maintenance_work_mem: "32MB",
  max_worker_processes: "2",
  max_parallel_workers: "0",
  max_parallel_workers_per_gather: "0",
  max_parallel_maintenance_workers: "0",
  max_logical_replication_workers: "0",
  autovacuum: "on",
  autovacuum_max_workers: "1",

  wal_level: "minimal",
  max_wal_senders: "0",
  min_wal_size: "32MB",
  max_wal_size: "256MB",

  timezone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "warning",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_statement: "none",
  log_checkpoints: "off",
  log_line_prefix: "%m [%p] ",
};

export function settingArguments(own: Readonly<Record<string, string>>): string[] {
  return Object.entries({ ...SETTINGS, ...own }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
