// What the API is compared with: Node's own server, and one query that asks for the same rows.
// usage: node scripts/bench/bare.ts PORT USER_ID, with DATABASE_URL
import { createServer } from 'node:http';
import process from 'node:process';
import pg from 'pg';

const [port, userId] = process.argv.slice(2).map(Number);
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });
const sql = `SELECT users.id, username, site_name, vm_ip, ssh_port, status, hostings.created_at, started_at
  FROM users JOIN hostings ON user_id = users.id WHERE users.id = $1`;

createServer((_request, response) => {
  void pool.query({ name: 'hosting', text: sql, values: [userId] }).then(({ rows }) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ success: true, data: rows[0] as unknown }));
  });
}).listen(port, '127.0.0.1');
