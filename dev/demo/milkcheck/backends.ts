/** Of the puppet instances; each has both servers. */
export const PUPPET_BACKENDS = [
  'all_puppet_masters',
  'puppet_ca',
  'puppet_compile',
  'puppet_files',
  'puppet_reports',
];
export const PUPPET_SERVERS = ['puppet-i0-svc1', 'puppet-i1-svc1'];
