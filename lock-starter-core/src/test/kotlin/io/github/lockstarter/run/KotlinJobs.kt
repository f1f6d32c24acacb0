/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockstarter.run

import io.github.lockstarter.DistributedScheduled
import io.github.lockstarter.JobRun
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.reactor.ReactorContext
import kotlinx.coroutines.withContext
import org.springframework.scheduling.annotation.Scheduled
import java.util.concurrent.CopyOnWriteArrayList

/**
 * What the jobs of a test do, and what they saw.
 */
class KotlinWork {

	/** Completed when the jobs may end. */
	val mayEnd = CompletableDeferred<String>()

	/** The run in Reactor's context, after the coroutine went to another thread. */
	val runs: MutableList<JobRun> = CopyOnWriteArrayList()

	/** The run of the thread, where the coroutine began. */
	val current: MutableList<JobRun> = CopyOnWriteArrayList()

	val cancelled: MutableList<Throwable> = CopyOnWriteArrayList()

	/** Done first. */
	@Volatile
	var first: Runnable = Runnable { }

	suspend fun work(): String {
		first.run()
		current.add(JobRun.current())
		return withContext(Dispatchers.Default) {
			currentCoroutineContext()[ReactorContext]?.context?.get<JobRun>(JobRun::class.java)?.let(runs::add)
			try {
				mayEnd.await()
			}
			catch (ex: Throwable) {
				cancelled.add(ex)
				throw ex
			}
		}
	}

}

open class SuspendingJob(private val work: KotlinWork) {

	@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
	@DistributedScheduled(name = "\${job}", lease = "3s")
	open suspend fun run(): String = work.work()

}

open class SuspendingFlowJob(private val work: KotlinWork) {

	@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
	@DistributedScheduled(name = "\${job}", lease = "3s")
	open suspend fun run(): Flow<String> = flow { emit(work.work()) }

}

open class FlowJob(private val work: KotlinWork) {

	@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
	@DistributedScheduled(name = "\${job}", lease = "3s")
	open fun run(): Flow<String> = flow { emit(work.work()) }

}

open class DeferredJob {

	@DistributedScheduled("\${job}")
	open fun run(): Deferred<String> = CompletableDeferred("")

}
