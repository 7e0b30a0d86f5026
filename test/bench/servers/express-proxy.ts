// The baseline of proxying: Express and http-proxy-middleware with its default options.
import { createServer } from 'node:http';
import process from 'node:process';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { announce } from './announce.ts';

const app = express();
app.use(createProxyMiddleware({ target: `http://127.0.0.1:${process.argv[2]}` }));

announce(createServer(app));
