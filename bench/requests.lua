-- wrk script: sends the requests of a file, one a line: METHOD PATH [BODY]. Each thread takes every n-th of them,
-- or all where there are too few to go round.
-- Prints one line that bench/run.sh reads. Usage: wrk -s requests.lua URL -- FILE THREADS [TOKEN]

local threads_set_up = 0

function setup(thread)
  thread:set("number", threads_set_up)
  threads_set_up = threads_set_up + 1
end

function init(args)
  local threads = tonumber(args[2])
  requests = {}
  local headers = { ["Content-Type"] = "application/json" }
  if args[3] then
    headers["Authorization"] = "Bearer " .. args[3]
  end
  local lines = {}
  for line in io.lines(args[1]) do
    lines[#lines + 1] = line
  end
  for line_number, line in ipairs(lines) do
    if #lines < threads or line_number % threads == number then
      local method, path, body = line:match("^(%S+) (%S+) ?(.*)$")
      if body == "" then
        body = nil
      end
      requests[#requests + 1] = wrk.format(method, path, headers, body)
    end
  end
  position = 0
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format("RESULT %.0f %.2f %.2f %.2f %d\n",
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
